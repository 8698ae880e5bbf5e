package import Codecs
internal import Inference
internal import Tokenizers

/// The query side of an inference-free model: each token of a text once, with the weight that the folder's table has for
/// it. Special tokens, and terms with no weight above 0, are left out.
package struct TermTableEncoder: SparseEncoder {
  private let model: EncoderModel
  /// (vocabulary).
  private let weights: [Float]
  private let bag: BagEncoder

  /// `nil` for a side that is no table.
  ///
  /// - Parameter length: ids of a text that are read, special ones included.
  package init?(_ model: EncoderModel, length: Int = 256) {
    guard let weights = model.termWeights else { return nil }
    self.model = model
    self.weights = weights
    bag = BagEncoder(
      SparseMethod(.binary, norm: .identity, pooling: .maximum, special: .zero, length: length),
      tokenizer: model.tokenizer)
  }

  package var digest: Fingerprint { model.digest }

  package func term(_ id: Int32) -> [UInt8]? { model.tokenizer.token(id) }

  package func encode(_ input: EncoderInput) throws -> [SparseVector] {
    model.tokens(input).map { ids in
      let terms = bag.encode(ids).terms.filter { weight(of: $0) > 0 }
      return SparseVector(terms: terms, weights: terms.map { weight(of: $0) })
    }
  }

  private func weight(of id: Int32) -> Float { Int(id) < weights.count ? weights[Int(id)] : 0 }
}

extension EncoderModel {
  /// (vocabulary): the weight of each term, 0 where the table has none; `nil` for a side that is no table.
  package var termWeights: [Float]? {
    guard case .staticEmbedding(let table) = side.modules.first else { return nil }
    let ids = 0..<tokenizer.vocabularySize
    switch table.weights {
    case .ids(let weights):
      return ids.map { $0 < weights.count ? weights[$0] : 0 }
    case .terms(let terms):
      var weights: [[UInt8]: Float] = [:]
      for entry in terms { weights[entry.term] = entry.weight }
      return ids.map { id in tokenizer.token(Int32(id)).flatMap { weights[$0] } ?? 0 }
    }
  }

  /// What this side has in place of a transformer, in words; `nil` where it has one.
  package var substitute: String? {
    if side.checkpoint != nil { return nil }
    if case .staticEmbedding? = side.modules.first { return "a table with a weight for each term" }
    return "a binary encoder, which gives every token the same weight"
  }
}
