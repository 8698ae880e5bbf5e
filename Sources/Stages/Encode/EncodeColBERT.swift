package import Backends
package import Codecs
package import Dataflow
internal import Encoders
package import Inference

/// A vector for each token of a passage (`ColBERTEncoder`).
package struct EncodeColBERT: MapStage {
  package static let name = "encode.colbert"
  package static let version = 2
  package static let summary = "one vector for each token of a passage (ColBERT)"
  package static let ports = [Port.stream("from", Passages.type, TokenizedPassages.type)]
  package static let output = StageOutput.stream(MultiVectors.type)
  package static let reproducibility = Reproducibility.tolerance(1e-4)
  package static let checkpointsByDefault = true

  package struct Parameters: ModelParameters {
    package var model: ResourcePath?
    package var backend: BackendDescription?
    package var precision = Precision.fp32
    package var batch = 8192
    /// Ids of a passage, [CLS], the mark and [SEP] included.
    package var length = 220
    /// Whether positions of punctuation have no vector.
    package var maskPunctuation = true
    package var query = ColBERTQuery()

    package init() {}

    private enum CodingKeys: String, CodingKey {
      case model, backend, precision, batch, length, query
      case maskPunctuation = "mask-punctuation"
    }

    package var problem: ParameterProblem? {
      if query.length < 4 { return ParameterProblem("query", "has a `length` below 4") }
      return modelProblem ?? (length < 4 ? ParameterProblem("length", "must be at least 4") : nil)
    }
  }

  package let parameters: Parameters
  private let source: EncoderSource
  private let encoder: any TokenVectorEncoder

  package init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    source = try EncoderSource(Self.name, parameters, environment)
    encoder = try source.tokenVectors(
      length: parameters.length, queryLength: parameters.query.length, masksPunctuation: parameters.maskPunctuation,
      limits: parameters.limits)
  }

  package var resources: [String: Fingerprint] { source.resources(of: encoder) }
  package var instructions: String? { source.instructions }

  package func map(_ inputs: StageInputs) throws -> Batch {
    let batch = inputs.stream()
    let (input, tokens) = source.input(batch)
    let vectors = try encoder.encode(input)
    try EncoderFailure.check(vectors.offsets.count - 1, is: batch.rows)
    try EncoderFailure.checkFinite(vectors.values)
    return MultiVectors(
      ids: EncoderInput.ids(batch), dimension: encoder.dimension, offsets: vectors.offsets, values: vectors.values
    ).batch(tokens: tokens)
  }
}

/// The query side of `encode.colbert`.
package struct ColBERTQuery: DefaultedParameters, Sendable {
  /// Ids, filled up with [MASK].
  package var length = 32

  package init() {}
}

extension EncodeColBERT: ModelUsing {
  package var models: [ModelUse] { source.models(needed: true) }
}
