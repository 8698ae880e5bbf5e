package import Backends
package import Codecs
package import Dataflow
internal import Encoders
package import Inference

/// DeepImpact: a weight for each distinct word of a passage (`DeepImpactEncoder`). A query is the set of its words, and no
/// model reads it. Expanded passages come from `expand.predictions` with `terms: new`.
package struct EncodeDeepImpact: MapStage {
  package static let name = "encode.deepimpact"
  package static let version = 2
  package static let summary = "weighs the words of passages with DeepImpact; queries need no model"
  package static let ports = [Port.stream("from", Passages.type)]
  package static let output = StageOutput.stream(SparseVectors.type)
  package static let reproducibility = Reproducibility.tolerance(1e-4)
  package static let checkpointsByDefault = true

  package struct Parameters: ModelParameters {
    package var model: ResourcePath?
    package var backend: BackendDescription?
    package var precision = Precision.fp32
    package var batch = 8192
    /// Ids that go through the model, special ones included.
    package var length = 300

    package init() {}

    package var problem: ParameterProblem? {
      modelProblem ?? (length < 3 ? ParameterProblem("length", "must be at least 3") : nil)
        ?? (backend != nil ? ParameterProblem("backend", "is not for words: use `encode.sparse` with one") : nil)
    }
  }

  package let parameters: Parameters
  private let source: EncoderSource
  private let encoder: DeepImpactEncoder

  package init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    source = try EncoderSource(Self.name, parameters, environment)
    guard let model = source.model else { preconditionFailure("checked with the parameters") }
    encoder = try DeepImpactEncoder(model, length: parameters.length, limits: parameters.limits)
  }

  package var resources: [String: Fingerprint] { source.resources(of: encoder) }
  package var instructions: String? { source.instructions }

  package func map(_ inputs: StageInputs) throws -> Batch {
    let passages = Passages(inputs.stream())
    var table = VocabularyTable()
    var offsets: [UInt32] = [0]
    var terms: [UInt32] = []
    var weights: [Float] = []
    for words in try encoder.encode(passages.texts) {
      for (word, weight) in words where weight > 0 {
        terms.append(table.number(of: word.span))
        weights.append(weight)
      }
      offsets.append(UInt32(terms.count))
    }
    try EncoderFailure.checkFinite(weights)
    return SparseVectors(
      ids: passages.ids, vocabulary: table.strings, offsets: offsets, terms: terms, weights: weights
    ).batch()
  }
}

extension EncodeDeepImpact: SparseQueryStage {
  static func querySide(_ stage: IndexContract.Stage, _ context: QueryContext) throws -> any SparseQuerySide {
    WordQuerySide()
  }
}
