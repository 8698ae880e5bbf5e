package import Backends
package import Codecs
package import Dataflow
package import Encoders
package import Inference

/// The learned-sparse framework in general: any encoder for passages with any for queries. `pipelines/lsr` has a file for
/// each named method. Nguyen, MacAvaney and Yates, "A Unified Framework for Learned Sparse Retrieval", ECIR 2023.
package struct EncodeSparse: MapStage {
  package static let name = "encode.sparse"
  package static let version = 2
  package static let summary = "learned-sparse encoders in general: binary, mlp, expMLP, mlm, clsMLM, each side its own"
  package static let ports = [Port.stream("from", TokenizedPassages.type, Passages.type)]
  package static let output = StageOutput.stream(SparseVectors.type)
  package static let reproducibility = Reproducibility.tolerance(1e-4)
  package static let checkpointsByDefault = true

  package struct Parameters: ModelParameters {
    /// The passages' model. An encoder `binary` reads only its tokenizer.
    package var model: ResourcePath?
    package var backend: BackendDescription?
    package var precision = Precision.fp32
    package var batch = 8192
    /// The queries' model, where it is another.
    package var queryModel: ResourcePath?
    package var passages = SparseMethod()
    package var queries = SparseMethod()

    package init() {}

    private enum CodingKeys: String, CodingKey {
      case model, backend, precision, batch, passages, queries
      case queryModel = "query-model"
    }

    package var problem: ParameterProblem? {
      modelProblem ?? passages.problem.map { ParameterProblem("passages", "has a `\($0.key)` that \($0.message)") }
        ?? queries.problem.map { ParameterProblem("queries", "has a `\($0.key)` that \($0.message)") }
    }
  }

  package let parameters: Parameters
  private let engine: SparseEngine
  private let queryModel: ModelUse?

  package init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    engine = try SparseEngine(Self.name, parameters, parameters.passages, environment)
    queryModel = try parameters.queryModel.map {
      ModelUse(name: ModelResources.queryModel, digest: try EncoderModels.digest($0.path), folder: $0.path)
    }
    guard parameters.queries.usesModel else { return }
    let side: EncoderModel? =
      if let folder = parameters.queryModel?.path {
        try EncoderModels.load(folder, precision: parameters.precision, side: .queries)
      } else {
        try engine.source.queries()
      }
    try QuerySideMismatch.check(Self.name, side, advice: "`queries: {encoder: binary}` needs none")
  }

  package var resources: [String: Fingerprint] {
    var resources = engine.resources
    if let queryModel { resources[ModelResources.queryModel] = queryModel.digest }
    return resources
  }

  package var instructions: String? { engine.instructions }

  package func map(_ inputs: StageInputs) throws -> Batch { try engine.map(inputs) }
}

extension SparseMethod: DefaultedParameters {}

extension EncodeSparse: ModelUsing {
  package var models: [ModelUse] {
    guard parameters.queries.usesModel else { return engine.source.models(needed: false) }
    return queryModel.map { [$0] } ?? engine.source.models(needed: true)
  }
}

extension EncodeSparse: SparseQueryStage {
  static func querySide(_ stage: IndexContract.Stage, _ context: QueryContext) throws -> any SparseQuerySide {
    let method = try stage.member("queries", as: SparseMethod.self)
    guard method.usesModel else { return try BagQuerySide(method, tokenizer: context.tokenizer(of: stage)) }
    let hasOwn = stage.resources[ModelResources.queryModel] != nil
    return try context.modelSide(stage, method, named: hasOwn ? ModelResources.queryModel : ModelResources.model)
  }
}

extension EncodeSparse: AttachingStage {
  package var attachments: [Attachment] { engine.source.attachments(needed: !parameters.queries.usesModel) }
}
