/// Guesses which known name a mistaken one stands for.
package enum Suggestion {
  /// The candidate nearest to `word`, if it is near enough to be meant: at most 2 edits, or a third of the word's length
  /// where that is more; 1 edit for words up to 3 letters. Case does not count. The earlier candidate wins a tie.
  package static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
    let letters = folded(word)
    guard letters.count <= 64 else { return nil }
    let limit = letters.count <= 3 ? 1 : max(2, letters.count / 3)
    var best: (name: String, distance: Int)?
    for candidate in candidates {
      let other = folded(candidate)
      guard abs(other.count - letters.count) <= limit else { continue }
      let distance = distance(letters, other)
      if distance <= limit, distance < max(letters.count, other.count), distance < best?.distance ?? .max {
        best = (candidate, distance)
      }
    }
    return best?.name
  }

  /// The hint that goes with an unknown name: ``did you mean `terms`?``
  package static func hint(for word: String, among candidates: some Sequence<String>) -> String? {
    nearest(to: word, among: candidates).map { "did you mean `\($0)`?" }
  }

  /// The edits between two words: insertions, deletions, replacements and swaps of neighbours, no part edited twice
  /// (Damerau-Levenshtein, optimal string alignment).
  static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var beforeLast = [Int](repeating: 0, count: right.count + 1)
    var last = Array(0...right.count)
    for i in left.indices {
      var row = [i + 1]
      row.reserveCapacity(right.count + 1)
      for j in right.indices {
        let same = left[i] == right[j]
        var edits = min(row[j] + 1, last[j + 1] + 1, last[j] + (same ? 0 : 1))
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
          edits = min(edits, beforeLast[j - 1] + 1)
        }
        row.append(edits)
      }
      (beforeLast, last) = (last, row)
    }
    return last[right.count]
  }

  private static func folded(_ word: String) -> [Unicode.Scalar] {
    Array(word.lowercased().unicodeScalars)
  }
}
