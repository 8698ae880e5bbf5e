package import Kernels

/// The shape of a BERT or DistilBERT, from `config.json`.
package struct ModelConfiguration: Sendable, Hashable {
  package enum Family: String, Sendable {
    case bert
    case distilBERT = "distilbert"
  }

  package let family: Family
  package let architectures: [String]
  package let vocabularySize: Int
  /// Of a hidden state.
  package let width: Int
  package let layers: Int
  /// Attention heads; divides `width`.
  package let heads: Int
  /// Width of the feed-forward layer.
  package let innerWidth: Int
  package let activation: Activation
  package let epsilon: Float
  /// Most tokens of a sequence.
  package let positions: Int
  /// Token types; 0 without (DistilBERT).
  package let types: Int
  package let padToken: Int32
  /// Whether the vocabulary head multiplies with the word embeddings.
  package let tiesEmbeddings: Bool
}

extension ModelConfiguration {
  /// - Throws: `ModelError`: 65 for a damaged file, 69 for a kind of model that is not computed here.
  init(_ fields: JSONFields, weights: Weights) throws {
    try Self.refuseUnsupported(fields)
    family = try Self.family(fields, weights)
    let architectures = try fields["architectures"]?.elements().map { try $0.text() } ?? []
    self.architectures = architectures
    let guess = try InferredShape(weights, fields)
    func size(_ keys: [String], _ inferred: Int?, most: Int) throws -> Int {
      for key in keys { if let value = try fields.integer(key, in: 1...most) { return value } }
      guard let inferred, inferred > 0 else { throw fields.error("lacks \(keys[0])") }
      return inferred
    }
    vocabularySize = try size(["vocab_size"], guess?.vocabularySize, most: 1 << 24)
    width = try size(["hidden_size", "dim"], guess?.width, most: 1 << 16)
    layers = try size(["num_hidden_layers", "n_layers"], guess?.layers, most: 1000)
    heads = try size(["num_attention_heads", "n_heads"], guess?.heads, most: 1 << 12)
    innerWidth = try size(["intermediate_size", "hidden_dim"], guess?.innerWidth, most: 1 << 20)
    positions = try size(["max_position_embeddings"], guess?.positions, most: 1 << 20)
    types = family == .distilBERT ? 0 : try fields.integer("type_vocab_size", in: 1...1024) ?? 2
    padToken = Int32(try fields.integer("pad_token_id", in: 0...Int(Int32.max)) ?? 0)
    tiesEmbeddings = try fields.bool("tie_word_embeddings") ?? true
    // A wrapper's `activation` is that of its head, and the base models that it may name have GELU.
    let own = fields.has("tf_base_model_name_or_dir") ? nil : try fields.text("activation")
    activation = try Activation(modelName: try fields.text("hidden_act") ?? own ?? "gelu", fields)
    epsilon = Float(try fields["layer_norm_eps"]?.number() ?? 1e-12)
    guard epsilon > 0, epsilon < 1 else { throw fields.error("layer_norm_eps is \(epsilon)") }
    guard width % heads == 0 else { throw fields.error("\(heads) attention heads do not divide the width \(width)") }
  }

  /// What would change the results and is not computed here.
  static func refuseUnsupported(_ fields: JSONFields) throws {
    func unsupported(_ detail: String) -> ModelError { ModelError(.unavailable, fields.file, detail) }
    if fields.has("auto_map") {
      throw unsupported("has auto_map: the model brings its own program, and bigrain runs none that comes with a model")
    }
    for key in ["position_embedding_type"] {
      if let kind = try fields.text(key), kind != "absolute" {
        throw unsupported("\(key) is \(kind); only absolute positions are computed")
      }
    }
    for key in ["is_decoder", "add_cross_attention", "is_encoder_decoder"] where try fields.bool(key) == true {
      throw unsupported("\(key) is true; only encoders are computed")
    }
    if fields.has("quantization_config") {
      throw unsupported("has quantization_config; give the unquantized weights, and bigrain quantizes them itself")
    }
  }

  private static func family(_ fields: JSONFields, _ weights: Weights) throws -> Family {
    let type = try fields.text("model_type")
    if let type, let family = Family(rawValue: type) { return family }
    let isWrapper = ["MLM", "MLP", "CLS_MLM"].contains(type ?? "")
    if type == nil || isWrapper {
      let names = weights.names.joined(separator: "\n")
      if names.contains("transformer.layer.0.attention.q_lin.weight") { return .distilBERT }
      if names.contains("encoder.layer.0.attention.self.query.weight") { return .bert }
    }
    guard let type else {
      throw ModelError(.unavailable, fields.file, "lacks model_type, and the tensors are those of no known model")
    }
    throw ModelError(
      .unavailable, fields.file,
      "model_type is \(type); bert and distilbert are computed natively, and any other model "
        + "can be run by a process backend")
  }
}

/// The shape that the tensors show, where `config.json` is that of a wrapper which names a base model and no shape.
private struct InferredShape {
  var vocabularySize: Int?, width: Int?, layers: Int?, heads: Int?, innerWidth: Int?, positions: Int?

  init?(_ weights: Weights, _ fields: JSONFields) throws {
    guard let base = try fields.text("tf_base_model_name_or_dir") else { return nil }
    func shape(_ suffixes: String...) -> [Int]? {
      weights.names.first { name in suffixes.contains { name.hasSuffix($0) } }.flatMap { weights.tensors[$0]?.shape }
    }
    if let words = shape("embeddings.word_embeddings.weight"), words.count == 2 {
      (vocabularySize, width) = (words[0], words[1])
    }
    positions = shape("embeddings.position_embeddings.weight")?.first
    innerWidth = shape("layer.0.ffn.lin1.weight", "layer.0.intermediate.dense.weight")?.first
    layers = weights.names.count { $0.hasSuffix(".ffn.lin1.weight") || $0.hasSuffix(".intermediate.dense.weight") }
    // The number of heads leaves no trace in the tensors: it is known for the bases that everybody uses.
    let usual = ["distilbert-base-uncased", "bert-base-uncased", "Luyu/co-condenser-marco"]
    if usual.contains(where: { base.hasSuffix($0) }), width == 768 { heads = 12 }
  }
}
