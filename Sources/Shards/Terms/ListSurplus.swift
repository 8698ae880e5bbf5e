/// A list's length as dictionaries of versions 2 and 3 have it: the bytes above 25/16 of its postings (rounded down), doubled
/// where that is not negative, else minus twice that minus one.
enum ListSurplus {
  static func of(length: Int, frequency: Int) -> Int {
    let surplus = length - usualLength(frequency)
    return surplus >= 0 ? 2 * surplus : -2 * surplus - 1
  }

  /// The length whose surplus it is; negative where no list has it.
  static func length(_ surplus: Int, frequency: Int) -> Int {
    usualLength(frequency) + (surplus % 2 == 0 ? surplus / 2 : -(surplus / 2) - 1)
  }

  private static func usualLength(_ frequency: Int) -> Int { frequency * 25 / 16 }
}
