package import Backends
package import Codecs
package import Dataflow
internal import Encoders
package import Inference

/// One vector for each passage: a sentence-transformers folder with its pooling, dense layers and normalisation, or a
/// plain BERT folder (mean of the tokens, normalised).
package struct EncodeDense: MapStage {
  package static let name = "encode.dense"
  package static let version = 2
  package static let summary = "one dense vector for each passage (a sentence-transformers folder)"
  package static let ports = [Port.stream("from", Passages.type, TokenizedPassages.type)]
  package static let output = StageOutput.stream(DenseVectors.type)
  package static let reproducibility = Reproducibility.tolerance(1e-5)
  package static let checkpointsByDefault = true

  package struct Parameters: ModelParameters {
    package var model: ResourcePath?
    package var backend: BackendDescription?
    package var precision = Precision.fp32
    package var batch = 8192
    /// Ids that go through the model, special ones included; without it, what the folder says.
    package var length: Int?
    /// For a folder without `modules.json`: how token vectors become one, and whether it gets the length 1.
    package var pooling = DensePooling.mean
    package var normalize = true
    package var query = DenseQuery()

    package init() {}

    var plain: DenseTransformerEncoder.Plain { .init(pooling: pooling.mode, normalizes: normalize) }

    package var problem: ParameterProblem? {
      modelProblem ?? ((length ?? 3) < 3 ? ParameterProblem("length", "must be at least 3") : nil)
    }
  }

  package let parameters: Parameters
  private let source: EncoderSource
  private let encoder: any DenseEncoder

  package init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    source = try EncoderSource(Self.name, parameters, environment)
    encoder = try source.dense(length: parameters.length, plain: parameters.plain, limits: parameters.limits)
  }

  package var resources: [String: Fingerprint] { source.resources(of: encoder) }
  package var instructions: String? { source.instructions }

  package func map(_ inputs: StageInputs) throws -> Batch {
    let batch = inputs.stream()
    let (input, tokens) = source.input(batch)
    let values = try encoder.encode(input)
    try EncoderFailure.check(values.count, is: batch.rows * encoder.dimension)
    try EncoderFailure.checkFinite(values)
    return DenseVectors(ids: EncoderInput.ids(batch), dimension: encoder.dimension, values: values).batch(
      tokens: tokens)
  }
}

/// `pooling` of `encode.dense`.
package enum DensePooling: String, Codable, Sendable, CaseIterable {
  case mean, first, maximum, last

  var mode: PoolingSettings.Mode {
    switch self {
    case .mean: .mean
    case .first: .first
    case .maximum: .maximum
    case .last: .last
    }
  }
}

/// The query side of `encode.dense`.
package struct DenseQuery: DefaultedParameters, Sendable {
  /// Ids that go through the model; without it, as many as for passages.
  package var length: Int?
  /// What stands before every query: some models are trained with an instruction.
  package var prompt = ""

  package init() {}
}

extension EncodeDense: ModelUsing {
  package var models: [ModelUse] { source.models(needed: true) }
}
