internal import Shards

/// One term's contributions to the documents of a window, to look up many of them at once.
///
/// Filling it costs the term's postings of the window, about a nanosecond each, and then a look-up is two loads;
/// seeking each document in the list costs some 15 nanoseconds.
struct ImpactTable {
  private var base: UInt32 = 0
  /// (ScoreWindow.length): valid where `present` has the bit.
  private var values = [Double](repeating: 0, count: ScoreWindow.length)
  /// (ScoreWindow.length / 64).
  private var present = [UInt64](repeating: 0, count: ScoreWindow.length / 64)

  /// Takes `weight` times the impact of each document in `base..<end` that `cursor` has. Throws `FormatError`.
  mutating func fill(_ cursor: inout PostingCursor, weight: Double, base: UInt32, end: UInt32) throws {
    self.base = base
    for word in present.indices { present[word] = 0 }
    guard try cursor.seek(to: base) else { return }
    while try cursor.decode(below: end) {
      cursor.position = Self.fill(
        cursor.documents, cursor.impacts, cursor.position..<cursor.count, weight: weight, base: base,
        values: &values, present: &present)
      guard cursor.position == cursor.count else { return }
      try cursor.advanceBlock()
    }
  }

  private static func fill(
    _ documents: [UInt32], _ impacts: [Float], _ range: Range<Int>, weight: Double, base: UInt32,
    values: inout [Double], present: inout [UInt64]
  ) -> Int {
    let documents = documents.span
    let impacts = impacts.span
    var values = values.mutableSpan
    var present = present.mutableSpan
    var index = range.lowerBound
    while index < range.upperBound {
      let place = Int(documents[index] &- base)
      guard place < ScoreWindow.length else { break }
      values[place] = weight * Double(impacts[index])
      present[place >> 6] |= 1 << UInt64(place & 63)
      index += 1
    }
    return index
  }

  /// The contribution to `document`, which is in the window; 0 if it does not have the term.
  func value(_ document: UInt32) -> Double {
    let place = Int(document &- base)
    return present[place >> 6] >> UInt64(place & 63) & 1 == 1 ? values[place] : 0
  }
}
