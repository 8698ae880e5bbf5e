/// Says that a stage's chunks were made by a processor whose numbers are others.
enum InstructionDifference {
  /// `nil` where they are the same. What nobody noted may have been made with any instructions.
  static func text(from old: String?, to new: String?) -> String? {
    guard let new, new != old else { return nil }
    let here = "this one computes with \(new): numbers"
    guard let old else { return "made on a processor that was not noted, \(here) may differ in the last digits" }
    return "made on a processor with \(old), \(here) differ in the last digits"
  }
}
