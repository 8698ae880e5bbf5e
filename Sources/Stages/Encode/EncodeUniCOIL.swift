package import Backends
package import Codecs
package import Dataflow
internal import Encoders
package import Inference

/// uniCOIL: a weight for each token of a passage, and of a query.
///
/// w_i = ReLU(W h_i + b); the position of [CLS] has none, [SEP] has one. Of equal tokens the largest counts in passages
/// and the sum in queries. Lin and Ma, "A Few Brief Notes on DeepImpact, COIL, and a Conceptual Framework for Information
/// Retrieval Techniques", 2021; Pyserini's encoder. Its tools quantize by w / 5 * 256, each with another rounding:
/// `quantize.impacts` with `maximum: 5, levels: 256`, and `query:` here.
package struct EncodeUniCOIL: MapStage {
  package static let name = "encode.unicoil"
  package static let version = 2
  package static let summary = "weighs the tokens of passages, and of queries, with uniCOIL"
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
    package var length = 192
    package var query = QueryQuantization(length: 128)

    package init() {}

    package var problem: ParameterProblem? { modelProblem ?? query.problem }
  }

  package let parameters: Parameters
  private let engine: SparseEngine

  package init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    engine = try SparseEngine(Self.name, parameters, Self.method(.maximum, length: parameters.length), environment)
    try QuerySideMismatch.check(
      Self.name, engine.source.queries(), advice: "`encode.sparse` with `queries: {encoder: binary}` needs none")
  }

  static func method(_ pooling: SparseMethod.Pooling, length: Int) -> SparseMethod {
    SparseMethod(.mlp, activation: .relu, norm: .identity, pooling: pooling, special: .skipClassifier, length: length)
  }

  package var resources: [String: Fingerprint] { engine.resources }
  package var instructions: String? { engine.instructions }
  package func map(_ inputs: StageInputs) throws -> Batch { try engine.map(inputs) }
}

extension EncodeUniCOIL: ModelUsing {
  package var models: [ModelUse] { engine.source.models(needed: true) }
}

extension EncodeUniCOIL: SparseQueryStage {
  static func querySide(_ stage: IndexContract.Stage, _ context: QueryContext) throws -> any SparseQuerySide {
    let query = try stage.member("query", as: QueryQuantization.self)
    return try context.modelSide(stage, method(.sum, length: query.length), quantization: query)
  }
}
