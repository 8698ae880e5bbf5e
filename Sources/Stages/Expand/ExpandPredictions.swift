package import Codecs
package import Dataflow
internal import Encoders

/// Adds queries that a model predicted for each passage (doc2query, docT5query), from published files.
///
/// The new text is the passage, `originals` times, then the first `count` predictions, `copies` times each list, all
/// joined by spaces. With `terms: new` only words that the passage lacks are added. Nogueira and Lin, "From doc2query to
/// docTTTTTquery", 2019.
package struct ExpandPredictions: MapStage {
  package static let name = "expand.predictions"
  package static let version = 1
  package static let summary = "adds predicted queries (doc2query) from files, joined by the passage's id"
  package static let ports = [Port.stream("from", Passages.type)]
  package static let output = StageOutput.stream(Passages.type)

  package enum Terms: String, Codable, Sendable, CaseIterable {
    /// The predictions as they are.
    case all
    /// Words that neither the passage has nor are stop words, as often as they were predicted.
    case new
    /// The same, each once.
    case distinct
  }

  package struct Parameters: DefaultedParameters, CheckedParameters, Sendable {
    /// `id<TAB>prediction` lines, or JSON lines of `id` and `predicted_queries`; an id may come more than once.
    package var predictions: ResourcePaths?
    /// Predictions that are used of each passage, the first ones.
    package var count = 40
    /// How often they are added.
    package var copies = 1
    /// How often the passage itself is there.
    package var originals = 1
    package var terms = Terms.all
    /// Whether a passage may have no prediction.
    package var missing = Missing.allow

    package enum Missing: String, Codable, Sendable, CaseIterable { case allow, refuse }

    package init() {}

    package var problem: ParameterProblem? {
      if predictions == nil { return ParameterProblem("predictions", "is missing: name the files") }
      if count < 1 { return ParameterProblem("count", "must be at least 1") }
      if copies < 0 { return ParameterProblem("copies", "must not be negative") }
      return originals < 0 ? ParameterProblem("originals", "must not be negative") : nil
    }
  }

  package let parameters: Parameters
  package let resources: [String: Fingerprint]
  private let files: [PredictionsFile]

  package init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    files = try (parameters.predictions?.paths ?? []).map { try PredictionsFile($0.path) }
    var hasher = FingerprintHasher()
    for file in files { hasher.field(file.digest) }
    resources = ["predictions": hasher.finalize()]
  }

  package func map(_ inputs: StageInputs) throws -> Batch {
    let passages = Passages(inputs.stream())
    var texts = ByteStrings()
    var missing = 0
    for row in 0..<passages.ids.count {
      let id = Array(passages.ids[row])
      var predictions: [[UInt8]] = []
      for file in files where predictions.count < parameters.count { predictions += try file.predictions(for: id) }
      if predictions.isEmpty { missing += 1 }
      if predictions.isEmpty, parameters.missing == .refuse {
        throw PredictionsFile.Missing(id: String(decoding: id, as: UTF8.self))
      }
      texts.append(text(Array(passages.texts[row]), Array(predictions.prefix(parameters.count))))
    }
    var batch = Passages(ids: passages.ids, texts: texts).batch()
    if missing > 0 { batch.notices["without-prediction"] = missing }
    return batch
  }

  private func text(_ passage: [UInt8], _ predictions: [[UInt8]]) -> [UInt8] {
    let added =
      switch parameters.terms {
      case .all: predictions
      case .new, .distinct:
        PredictedWords.new(in: predictions, comparedTo: passage, repeating: parameters.terms == .new)
      }
    let parts =
      Array(repeating: passage, count: parameters.originals)
      + Array(repeating: added, count: parameters.copies).flatMap { $0 }
    return Array(parts.joined(separator: [UInt8(ascii: " ")]))
  }
}
