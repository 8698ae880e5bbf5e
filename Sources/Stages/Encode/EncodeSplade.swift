package import Backends
package import Codecs
package import Dataflow
package import Encoders
package import Inference

/// SPLADE and its relatives: a weight for each term of the vocabulary, from a masked language model's head.
///
/// weight_j = max_i log(1 + ReLU(logit_ij)) (SPLADE-max, ++, v3; `pooling: sum` is v1). `norm: log1p-twice` is for
/// inference-free models with an L0 loss. Formal, Lassance, Piwowarski and Clinchant 2021, "SPLADE v2".
///
/// Queries go through the same model, or are read without one: `encoder: binary` (SPLADE-doc: each token once) or `idf`
/// (OpenSearch's inference-free retrievers: each token once, weighed by the inverse document frequency that `fit.idf`
/// found or the model's folder holds).
package struct EncodeSplade: MapStage {
  package static let name = "encode.splade"
  package static let version = 2
  package static let summary = "weighs the vocabulary for each passage with a masked language model (SPLADE)"
  package static let ports = [Port.stream("from", TokenizedPassages.type, Passages.type)]
  package static let output = StageOutput.stream(SparseVectors.type)
  package static let reproducibility = Reproducibility.tolerance(1e-4)
  package static let checkpointsByDefault = true

  package struct Parameters: ModelParameters {
    package var model: ResourcePath?
    package var backend: BackendDescription?
    package var precision = Precision.fp32
    package var batch = 8192
    /// Ids that go through the model, special ones included.
    package var length = 256
    package var pooling = SparseMethod.Pooling.maximum
    package var norm = SparseMethod.Norm.log1p
    package var special = SparseMethod.SpecialTokens.keep
    package var lexical = false
    package var top: Int?
    package var ratio = 0.0
    package var query = SpladeQuery()

    package init() {}

    package var problem: ParameterProblem? {
      modelProblem ?? method.problem.map { ParameterProblem($0.key, $0.message) } ?? query.problem
    }

    var method: SparseMethod {
      var method = SparseMethod(.mlm, activation: .relu, norm: norm, pooling: pooling, special: special, length: length)
      method.lexical = lexical
      method.top = top
      method.ratio = ratio
      return method
    }
  }

  package let parameters: Parameters
  private let engine: SparseEngine
  /// (vocabulary): the folder's own, for `query.encoder: idf`; what `fit.idf` found goes before it.
  private let table: [(token: [UInt8], weight: Float)]?

  package init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    engine = try SparseEngine(Self.name, parameters, parameters.method, environment)
    table = parameters.query.encoder == .idf ? try engine.source.queryTable(Self.name) : nil
    guard parameters.query.encoder == .model else { return }
    try QuerySideMismatch.check(
      Self.name, engine.source.queries(),
      advice: "`query: {encoder: idf}` weighs the tokens of queries by a table, `binary` gives all the same weight")
  }

  package var resources: [String: Fingerprint] { engine.resources }
  package var instructions: String? { engine.instructions }
  package func map(_ inputs: StageInputs) throws -> Batch { try engine.map(inputs) }
}

/// The query side of `encode.splade`.
package struct SpladeQuery: DefaultedParameters, CheckedParameters, Sendable {
  package enum Encoder: String, Codable, Sendable, CaseIterable {
    /// The passages' model.
    case model
    /// Each token of the query once, with weight 1.
    case binary
    /// Each token of the query once, with its inverse document frequency: `fit.idf`'s where `shard` has an input `idf`,
    /// else of the table in the model's folder.
    case idf
  }

  package var encoder = Encoder.model
  package var length = 256
  package var lexical = false
  package var top: Int?

  package init() {}

  package var problem: ParameterProblem? {
    if length < 3 { return ParameterProblem("length", "must be at least 3") }
    return (top ?? 1) < 1 ? ParameterProblem("top", "must be at least 1") : nil
  }
}

extension EncodeSplade: ModelUsing {
  package var models: [ModelUse] { engine.source.models(needed: parameters.query.encoder == .model) }
}

extension EncodeSplade: SparseQueryStage {
  static func querySide(_ stage: IndexContract.Stage, _ context: QueryContext) throws -> any SparseQuerySide {
    let query = try stage.member("query", as: SpladeQuery.self)
    switch query.encoder {
    case .binary:
      // [PAD], [CLS] and [SEP] count for nothing, [UNK] does, a token counts once.
      let method = SparseMethod(.binary, norm: .identity, pooling: .maximum, special: .skipEnds, length: query.length)
      return try BagQuerySide(method, tokenizer: context.tokenizer(of: stage))
    case .idf:
      return try IdfQuerySide(
        context.idf(of: stage), tokenizer: context.tokenizer(of: stage), length: query.length)
    case .model:
      var method = SparseMethod(
        .mlm, norm: try stage.member("norm", as: SparseMethod.Norm.self),
        pooling: try stage.member("pooling", as: SparseMethod.Pooling.self),
        special: try stage.member("special", as: SparseMethod.SpecialTokens.self), length: query.length)
      method.lexical = query.lexical
      method.top = query.top
      return try context.modelSide(stage, method)
    }
  }
}

extension EncodeSplade: AttachingStage {
  package var attachments: [Attachment] {
    let tables = table.map { [IdfTable.attachment($0)] } ?? []
    return engine.source.attachments(needed: parameters.query.encoder != .model) + tables
  }
}
