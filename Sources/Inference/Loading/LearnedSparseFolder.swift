package import Kernels

/// What one encoder of the learned-sparse framework does with hidden states, from its `config.json`.
package struct LearnedSparseSettings: Sendable, Hashable {
  package enum Encoder: String, Sendable {
    /// Weight 1 for each token, times `scale`.
    case binary = "BINARY"
    case mlp = "MLP"
    case mlm = "MLM"
    case firstTokenMLM = "CLS_MLM"
  }

  package enum Norm: String, Sendable { case identity, log1p }

  package let encoder: Encoder
  package let activation: Activation
  package let norm: Norm
  package let pooling: SpladePoolingSettings.Strategy
  /// EPIC's heads, for `mlm`.
  package let hasTermImportance: Bool
  package let hasDocumentQuality: Bool
  /// The trained factor of `binary` and `mlp`; 1 without.
  package let scale: Float
}

/// Reads the layout of the learned-sparse retrieval framework: `shared_encoder/`, or `query_encoder/` and
/// `doc_encoder/`, each with a wrapper's `config.json` and weights; `tokenizer/` beside them, or inside of each.
enum LearnedSparseFolder {
  /// - Returns: `nil` if the folder has another layout.
  static func sides(_ root: ModelRoot) throws -> (queries: ModelSide, documents: ModelSide, isShared: Bool)? {
    let names = ["shared_encoder", "query_encoder", "doc_encoder"]
    let present = try names.filter { try root.holdsFolder($0) }
    guard !present.isEmpty else { return nil }
    let fields = try root.holds("config.json") ? try root.json("config.json") : nil
    let isShared = try fields?.bool("shared") ?? present.contains("shared_encoder")
    if isShared {
      let side = try side(root, "shared_encoder")
      return (side, side, true)
    }
    return (try side(root, "query_encoder"), try side(root, "doc_encoder"), false)
  }

  private static func side(_ root: ModelRoot, _ name: String) throws -> ModelSide {
    let own = try root.folder(name)
    let fields = try own.json("config.json")
    let type = try fields.text("model_type") ?? ""
    guard let encoder = LearnedSparseSettings.Encoder(rawValue: type) else {
      throw ModelError(
        .unavailable, fields.file, "the encoder \(type) is not computed; binary, MLP, MLM and CLS_MLM are")
    }
    let tokenizers = [try root.holdsFolder("tokenizer") ? try root.folder("tokenizer") : root, root]
    if encoder == .binary {
      let settings = try LearnedSparseSettings(fields, encoder, scale: try binaryScale(own, fields), checkpoint: nil)
      return try ModelSide(
        checkpoint: nil, root: own, modules: [.learnedSparse(settings)], tokenizerRoots: tokenizers)
    }
    let checkpoint = try Checkpoint(own)
    let settings = try LearnedSparseSettings(fields, encoder, scale: checkpoint.scale ?? 1, checkpoint: checkpoint)
    return try ModelSide(
      checkpoint: checkpoint, root: own, modules: [.learnedSparse(settings)], tokenizerRoots: tokenizers)
  }

  /// The trained scale if there are weights, else the configuration's.
  private static func binaryScale(_ root: ModelRoot, _ fields: JSONFields) throws -> Float {
    if try root.holds(Weights.single) {
      var table = TensorTable(try Weights(root))
      if let scale = try table.takeIfThere(["scale"], shape: nil) { return try scale.scalar() }
    }
    return Float(try fields["scale"]?.number() ?? 0.3)
  }
}

extension LearnedSparseSettings {
  init(_ fields: JSONFields, _ encoder: Encoder, scale: Float, checkpoint: Checkpoint?) throws {
    self.encoder = encoder
    self.scale = scale
    activation = try Activation(frameworkName: fields.text("activation") ?? "relu", fields)
    let norm = try fields.text("norm") ?? "log1p"
    guard let norm = Norm(rawValue: norm == "no" ? "identity" : norm) else {
      throw ModelError(.unavailable, fields.file, "the norm \(norm) is not computed")
    }
    self.norm = norm
    let pool = try fields.text("pool") ?? "max"
    guard let pooling = SpladePoolingSettings.Strategy(rawValue: pool) else {
      throw ModelError(.unavailable, fields.file, "the pooling \(pool) is not computed")
    }
    self.pooling = pooling
    hasTermImportance = try fields.text("term_importance") == "epic"
    hasDocumentQuality = try fields.text("doc_quality") == "epic"
    try check(checkpoint, fields)
  }

  private func check(_ checkpoint: Checkpoint?, _ fields: JSONFields) throws {
    guard let checkpoint else { return }
    func missing(_ what: String) -> ModelError {
      ModelError(.damaged, fields.file, "wants \(what), and the weights lack it")
    }
    if encoder == .mlp, checkpoint.linear[.linear]?.last?.outputs != 1 { throw missing("the layer `linear`") }
    if encoder == .mlm || encoder == .firstTokenMLM, !checkpoint.hasVocabularyHead {
      throw missing("a vocabulary head")
    }
    if hasTermImportance, checkpoint.linear[.termImportance] == nil { throw missing("term_importance") }
    if hasDocumentQuality, checkpoint.linear[.documentQuality] == nil { throw missing("doc_quality") }
  }
}
