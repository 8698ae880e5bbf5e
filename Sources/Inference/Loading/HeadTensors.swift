/// The tensors of a masked-language-model head: a linear layer, an activation, a layer normalization, and a product
/// with a row for each word of the vocabulary.
struct VocabularyHeadTensors: Sendable {
  let transform: LinearTensors
  let norm: NormTensors
  /// (vocabulary, width): the word embeddings if `isTied`.
  let decoder: Tensor
  /// (vocabulary).
  let bias: Tensor
  let isTied: Bool

  /// - Parameter prefix: what stands before `cls.predictions` or `vocab_transform`.
  /// - Returns: `nil` if the model has no such head. One that lacks a tensor is an error.
  init?(_ table: inout TensorTable, prefix: String, _ shape: ModelConfiguration, words: Tensor) throws {
    let isBERT = shape.family == .bert
    let head = isBERT ? prefix + "cls.predictions." : prefix + "vocab_"
    guard table.holdsAny(below: head) else { return nil }
    let (width, vocabulary) = (shape.width, shape.vocabularySize)
    transform = try table.linear(isBERT ? head + "transform.dense" : head + "transform", inputs: width, outputs: width)
    norm = try table.norm(isBERT ? head + "transform.LayerNorm" : head + "layer_norm", width: width)
    bias = try Self.bias(&table, head, shape)
    let own = try table.takeIfThere(
      [head + (isBERT ? "decoder.weight" : "projector.weight")], shape: [vocabulary, width])
    (decoder, isTied) = try Self.decoder(own, words: words, shape, file: table.file)
  }

  /// `bias`, or `decoder.bias`. With both: where the embeddings are tied they are one tensor; else only `decoder.bias` is
  /// used, as transformers 5 does (before, they were one tensor there too).
  private static func bias(_ table: inout TensorTable, _ head: String, _ shape: ModelConfiguration) throws -> Tensor {
    let names = shape.family == .bert ? [head + "bias", head + "decoder.bias"] : [head + "projector.bias"]
    let found = names.filter { table.holds($0) }
    guard found.count == 2 else { return try table.take(names, shape: [shape.vocabularySize]) }
    guard shape.tiesEmbeddings else { return try table.take([found[1]], shape: [shape.vocabularySize]) }
    let first = try table.take([found[0]], shape: [shape.vocabularySize])
    let second = try table.take([found[1]], shape: [shape.vocabularySize])
    guard try first.floats() == second.floats() else {
      throw ModelError(.damaged, table.file, "\(first.name) and \(second.name) are one tensor, and differ")
    }
    return first
  }

  private static func decoder(
    _ own: Tensor?, words: Tensor, _ shape: ModelConfiguration, file: String
  ) throws -> (Tensor, Bool) {
    guard let own else {
      guard shape.tiesEmbeddings else {
        throw ModelError(.damaged, file, "the head's decoder.weight is missing, and tie_word_embeddings is false")
      }
      return (words, true)
    }
    guard shape.tiesEmbeddings else { return (own, false) }
    guard own.format == words.format, own.bytes.equals(words.bytes) else {
      throw ModelError(
        .damaged, file,
        "\(own.name) differs from the word embeddings, and tie_word_embeddings is not false in config.json: "
          + "programs disagree about which counts; set it to false, or remove the tensor")
    }
    return (words, true)
  }
}

/// A head of one or more linear layers, by the name its method gave it.
package enum LinearHeadName: String, Sendable, CaseIterable {
  /// A weight a token: TILDEv2, uniCOIL. COIL gives more than one number.
  case tokenProjection = "tok_proj"
  /// COIL's vector of the first token.
  case firstTokenProjection = "cls_proj"
  /// ColBERT's projection (many outputs), or the learned-sparse framework's weight a token (one output).
  case linear
  /// DeepImpact: linear, ReLU, linear.
  case impactScoreEncoder = "impact_score_encoder"
  /// EPIC's importance of a token.
  case termImportance = "term_importance"
  /// EPIC's quality of a document.
  case documentQuality = "doc_quality"

  /// The names of the layers' tensors, below the head's prefix.
  var layers: [String] {
    switch self {
    case .tokenProjection, .firstTokenProjection, .linear: [rawValue]
    case .impactScoreEncoder: [rawValue + ".0", rawValue + ".3"]
    case .termImportance, .documentQuality: [rawValue + ".linear"]
    }
  }
}

extension LinearHeadName {
  /// - Parameter prefixes: where the head may be, the most likely first.
  func take(_ table: inout TensorTable, prefixes: [String], width: Int) throws -> [LinearTensors]? {
    guard let prefix = prefixes.first(where: { table.holds($0 + layers[0] + ".weight") }) else { return nil }
    var inputs = width
    var result: [LinearTensors] = []
    for layer in layers {
      guard let weight = try table.takeIfThere([prefix + layer + ".weight"], shape: nil) else {
        throw ModelError(.damaged, table.file, "the tensor \(prefix + layer).weight is missing")
      }
      guard weight.shape.count == 2, weight.shape[1] == inputs, weight.shape[0] > 0 else {
        throw ModelError(
          .damaged, table.file,
          "the tensor \(weight.name) has the shape \(weight.shape), which takes no vector of \(inputs)")
      }
      result.append(
        LinearTensors(
          weight: weight, bias: try table.takeIfThere([prefix + layer + ".bias"], shape: [weight.shape[0]])))
      inputs = weight.shape[0]
    }
    return result
  }
}
