/// What a transformer makes of a batch: a vector for each token.
package struct HiddenStates: Sendable {
  /// (tokens, width).
  package let values: [Float]
  /// (sequences + 1), in tokens.
  package let offsets: [Int]
  package let width: Int

  package init(values: [Float], offsets: [Int], width: Int) {
    precondition(values.count == (offsets.last ?? 0) * width)
    self.values = values
    self.offsets = offsets
    self.width = width
  }
}
