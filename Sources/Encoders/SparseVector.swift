/// One text's weights over a vocabulary.
package struct SparseVector: Sendable, Hashable {
  /// (entries): ids of the vocabulary, ascending, each once.
  package let terms: [Int32]
  /// (entries): finite.
  package let weights: [Float]

  package init(terms: [Int32], weights: [Float]) {
    precondition(terms.count == weights.count)
    self.terms = terms
    self.weights = weights
  }
}
