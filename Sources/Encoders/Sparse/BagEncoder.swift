package import Tokenizers

/// A text as the bag of its tokens, without a model: `SparseMethod.Encoder.binary`.
package struct BagEncoder: Sendable {
  package let tokenizer: WordPieceTokenizer
  private let method: SparseMethod
  private let skipped: TokenFilter

  package init(_ method: SparseMethod, tokenizer: WordPieceTokenizer) {
    self.method = method
    self.tokenizer = tokenizer
    skipped = method.special.skippedPositions(tokenizer).union(method.special.skippedTerms(tokenizer))
  }

  package func term(_ id: Int32) -> [UInt8]? { tokenizer.token(id) }

  /// The weights of a text's ids, given without special tokens.
  package func encode(_ ids: some Collection<Int32>) -> SparseVector {
    let sequence = tokenizer.withSpecials(ids, maxLength: max(method.length, tokenizer.template.count))
    let kept = sequence.filter { !skipped.excludes($0) }
    return SparseAssembly.vector(
      tokens: kept, weights: [Float](repeating: Float(method.scale), count: kept.count), pooling: method.pooling)
  }
}
