package import Dataflow

/// How the finished index is judged, and what it must reach to be published.
package struct EvaluationSettings: Decodable, Sendable, CheckedParameters {
  /// `id<TAB>text`
  package let queries: ResourcePath
  /// Judgements in TREC's format.
  package let qrels: ResourcePath
  package let measures: [Located<String>]
  /// How many passages are searched for.
  package let k: Int
  /// How to search; `nil` takes the index's own best.
  package let mode: Located<String>?
  /// How many candidates are verified, in how many lists of codes they are looked for, and what their own scores count
  /// (see `SearchSettings`).
  package let candidates: Int
  package let probes: Located<Int>?
  package let weight: Double?
  /// The least value of a measure, in the order of the file.
  package let failBelow: [Gate]

  /// A measure and the value it must reach.
  package struct Gate: Sendable, Equatable {
    package let measure: Located<String>
    package let atLeast: Double
  }

  private enum CodingKeys: String, CodingKey {
    case queries, qrels, measures, k, mode, candidates, probes, weight
    case failBelow = "fail-below"
  }

  /// What is measured where the job does not say.
  package static let defaultMeasures = ["nDCG@10", "RR@10", "AP", "R@1000"]

  package init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    queries = try keys.decode(ResourcePath.self, forKey: .queries)
    qrels = try keys.decode(ResourcePath.self, forKey: .qrels)
    let place = (decoder as? ConfigDecoder)?.node.location ?? SourceLocation(file: "")
    measures =
      try keys.decodeIfPresent([Located<String>].self, forKey: .measures)
      ?? Self.defaultMeasures.map { Located($0, at: place) }
    k = try keys.decodeIfPresent(Int.self, forKey: .k) ?? 1000
    mode = try keys.decodeIfPresent(Located<String>.self, forKey: .mode)
    candidates = try keys.decodeIfPresent(Int.self, forKey: .candidates) ?? 1000
    probes = try keys.decodeIfPresent(Located<Int>.self, forKey: .probes)
    weight = try keys.decodeIfPresent(Double.self, forKey: .weight)
    let floors = try keys.decodeIfPresent([String: Double].self, forKey: .failBelow) ?? [:]
    let written = try keys.decodeIfPresent(ConfigNode.self, forKey: .failBelow)?.mapping ?? []
    failBelow = written.compactMap { entry in
      floors[entry.key].map { Gate(measure: Located(entry.key, at: entry.keyLocation), atLeast: $0) }
    }
  }

  package var problem: ParameterProblem? {
    if measures.isEmpty { return ParameterProblem("measures", "must name at least one measure") }
    if candidates < 1 { return ParameterProblem("candidates", "must be at least 1") }
    if let probes, probes.value < 1 { return ParameterProblem("probes", "must be at least 1") }
    return k < 1 ? ParameterProblem("k", "must be at least 1") : nil
  }
}
