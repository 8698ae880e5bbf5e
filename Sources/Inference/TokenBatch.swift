/// Token sequences end to end, without padding.
package struct TokenBatch: Sendable, Hashable {
  /// (tokens).
  package private(set) var tokens: [Int32] = []
  /// (sequences + 1): sequence s has the tokens `offsets[s]..<offsets[s + 1]`.
  package private(set) var offsets: [Int] = [0]

  package init() {}

  package init(_ sequences: some Sequence<[Int32]>) { for sequence in sequences { append(sequence) } }

  package var count: Int { offsets.count - 1 }

  package mutating func append(_ sequence: some Sequence<Int32>) {
    tokens.append(contentsOf: sequence)
    offsets.append(tokens.count)
  }
}
