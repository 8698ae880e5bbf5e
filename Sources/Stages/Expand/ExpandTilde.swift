package import Backends
package import Codecs
package import Dataflow
package import Encoders
package import Inference

/// Adds to passages the terms that TILDE proposes (`TildeExpander`): a passage is followed by [SEP] and the new ids.
package struct ExpandTilde: MapStage {
  package static let name = "expand.tilde"
  package static let version = 2
  package static let summary = "adds the terms that TILDE proposes and the passage lacks"
  package static let ports = [Port.stream("from", TokenizedPassages.type, Passages.type)]
  package static let output = StageOutput.stream(TokenizedPassages.type)
  package static let reproducibility = Reproducibility.tolerance(1)
  package static let checkpointsByDefault = true

  package struct Parameters: ModelParameters {
    package var model: ResourcePath?
    package var backend: BackendDescription?
    package var precision = Precision.fp32
    package var batch = 8192
    /// How many terms are proposed, or added; see `counting`.
    package var terms = 200
    /// Whether `terms` counts before what the passage has and stop words are taken out (the authors' code), or after.
    package var counting = TildeExpander.Counting.proposed
    /// Ids of a passage that are read, special ones included; the rest is cut off.
    package var length = 128

    package init() {}

    package var problem: ParameterProblem? {
      if terms < 0 { return ParameterProblem("terms", "must not be negative") }
      return modelProblem ?? (length < 3 ? ParameterProblem("length", "must be at least 3") : nil)
    }
  }

  package let parameters: Parameters
  private let source: EncoderSource
  private let expander: any Expander

  package init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    source = try EncoderSource(Self.name, parameters, environment)
    expander = try source.expander(
      terms: parameters.terms, counting: parameters.counting, length: parameters.length, limits: parameters.limits)
  }

  package var resources: [String: Fingerprint] { source.resources(of: expander) }
  package var instructions: String? { source.instructions }

  package func map(_ inputs: StageInputs) throws -> Batch {
    let batch = inputs.stream()
    let (input, read) = source.input(batch)
    let expansions = try expander.expand(input)
    try EncoderFailure.check(expansions.count, is: batch.rows)
    var offsets: [UInt32] = [0]
    var tokens: [UInt32] = []
    for expansion in expansions {
      tokens += (expansion.passage + expansion.terms).map { UInt32(bitPattern: $0) }
      offsets.append(UInt32(tokens.count))
    }
    var result = TokenizedPassages(ids: EncoderInput.ids(batch), offsets: offsets, tokens: tokens).batch()
    // What was read is the work; what was added is not.
    result.tokens = read
    return result
  }
}

extension ExpandTilde: ExplainingStage {
  package func explain(_ inputs: StageInputs) throws -> [ExplanationTable] {
    let expansions = try expander.expand(EncoderInput(inputs.stream()))
    let ids = EncoderInput.ids(inputs.stream())
    return zip(ids, expansions).map { id, expansion in
      ExplanationTable(
        title: "\(String(decoding: id, as: UTF8.self)): \(expansion.passage.count) tokens read, "
          + "\(expansion.terms.count) terms added",
        columns: ["rank", "term", "score"],
        rows: zip(expansion.terms, expansion.scores).enumerated().map { rank, entry in
          [String(rank + 1), source.model?.name(of: entry.0) ?? String(entry.0), ExplanationTable.number(entry.1)]
        })
    }
  }
}
