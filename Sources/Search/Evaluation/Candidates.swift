internal import Shards

/// Documents of a window that may be among the best, ascending, with what is known of their sums.
struct Candidates {
  /// (ScoreWindow.length): the first `count` are valid.
  var documents = [UInt32](repeating: 0, count: ScoreWindow.length)
  /// As `documents`.
  var sums = [Double](repeating: 0, count: ScoreWindow.length)
  var count = 0

  /// Looks each document up in `cursor`, adds `weight` times the impact, and keeps those whose sum is above `cut`.
  ///
  /// `bound`: what the term can bring at most. Documents are dropped before they are looked up where even that, or the
  /// maximum of the block that would have them, is too little. Throws `FormatError`.
  mutating func add(_ cursor: inout PostingCursor, weight: Double, bound: Double, keepingAbove cut: Double) throws {
    var kept = 0
    for index in 0..<count {
      let document = documents[index]
      var sum = sums[index]
      guard sum + bound > cut else { continue }
      if cursor.lastDocument < document { try cursor.advance(to: document) }
      if !cursor.isExhausted {
        guard sum + max(0, weight * Double(cursor.blockMaximum)) > cut else { continue }
        if let impact = try cursor.impact(in: document) { sum += weight * Double(impact) }
      }
      guard sum > cut else { continue }
      documents[kept] = document
      sums[kept] = sum
      kept += 1
    }
    count = kept
  }

  /// Adds what `table` has for each document, and keeps those whose sum is above `cut`.
  mutating func add(_ table: ImpactTable, keepingAbove cut: Double) {
    var kept = 0
    for index in 0..<count {
      let document = documents[index]
      let sum = sums[index] + table.value(document)
      guard sum > cut else { continue }
      documents[kept] = document
      sums[kept] = sum
      kept += 1
    }
    count = kept
  }
}
