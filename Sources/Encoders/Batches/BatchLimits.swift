/// How much goes through a model at once.
package struct BatchLimits: Sendable, Hashable {
  /// Tokens of a batch, special tokens included; a longer sequence is a batch of its own.
  package var tokens = 8192
  package var sequences = 64

  package init() {}

  package init(tokens: Int, sequences: Int) {
    self.tokens = tokens
    self.sequences = sequences
  }

  /// Puts sequences of these lengths into batches: by length, longest first, equal lengths in their order. It depends on
  /// the lengths alone, so a chunk is encoded the same way every time.
  package func plan(_ lengths: [Int]) -> [[Int]] {
    let order = lengths.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
    var batches: [[Int]] = []
    var total = 0
    for index in order {
      if let last = batches.last, last.count < sequences, total + lengths[index] <= tokens {
        batches[batches.count - 1].append(index)
        total += lengths[index]
      } else {
        batches.append([index])
        total = lengths[index]
      }
    }
    return batches
  }
}
