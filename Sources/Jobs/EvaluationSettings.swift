package import Dataflow
internal import Foundation
internal import Search

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
    for entry in written { try floors[entry.key].map { try Self.check($0, of: entry) } }
    failBelow = written.compactMap { entry in
      floors[entry.key].map { Gate(measure: Located(entry.key, at: entry.keyLocation), atLeast: $0) }
    }
  }

  /// Refuses a floor that no run can reach, and one that every run reaches. A name that is no measure is told later,
  /// with the others.
  private static func check(_ floor: Double, of entry: ConfigNode.Entry) throws {
    guard let measure = try? Measures.parse(entry.key) else { return }
    let values = type(of: measure).values
    if values.contains(floor) { return }
    let isPercentage = values == 0...1 && floor > 1 && floor <= 100
    throw ConfigError(
      entry.value.location,
      "`evaluate.fail-below.\(entry.key)` in the job is \(entry.value.scalar?.text ?? "\(floor)"), and \(measure) is "
        + "between \(plain(values.lowerBound)) and \(plain(values.upperBound))",
      hint: isPercentage ? "a percentage? write \(plain(floor / 100, decimals: 2))" : nil)
  }

  /// With so many decimals, or up to six where it has them.
  private static func plain(_ value: Double, decimals: Int = 0) -> String {
    let short = String(format: "%.\(decimals)f", value)
    return abs((Double(short) ?? 0) - value) < 1e-9 || decimals == 6 ? short : plain(value, decimals: decimals + 1)
  }

  package var problem: ParameterProblem? {
    if measures.isEmpty { return ParameterProblem("measures", "must name at least one measure") }
    if candidates < 1 { return ParameterProblem("candidates", "must be at least 1") }
    if let probes, probes.value < 1 { return ParameterProblem("probes", "must be at least 1") }
    return k < 1 ? ParameterProblem("k", "must be at least 1") : nil
  }
}
