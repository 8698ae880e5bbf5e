/// The registry of measures. A new measure is one file and one line here.
package enum Measures {
  package static let all: [any Measure.Type] = [
    NormalizedDCG.self,
    ReciprocalRank.self,
    AveragePrecision.self,
    Precision.self,
    Recall.self,
    Success.self,
    RPrecision.self,
    BinaryPreference.self,
    Judged.self,
  ]

  /// What an evaluation reports when nobody says what to measure.
  package static let defaults: [any Measure] = [
    NormalizedDCG(.init(cutoff: 10)), ReciprocalRank(.init(cutoff: 10)), AveragePrecision(.init()),
    Recall(.init(cutoff: 1000)),
  ]

  /// Reads one name: `nDCG@10`, `AP`, `RR(rel=2)@10`.
  ///
  /// - Throws: `MeasureNameError` with a suggestion where one is near.
  package static func parse(_ text: String) throws(MeasureNameError) -> any Measure {
    let parsed = try MeasureName(text)
    guard let type = all.first(where: { $0.name == parsed.base }) else {
      throw MeasureNameError(text, "unknown measure", suggestion: suggestion(for: text))
    }
    if let problem = problem(with: parsed, for: type) {
      throw MeasureNameError(text, problem, suggestion: suggestion(for: text))
    }
    return type.init(MeasureParameters(cutoff: parsed.cutoff, relevance: parsed.relevance ?? 1))
  }

  /// Reads names separated by commas, as the command line has them: `nDCG@10,RR@10,AP`. A name twice counts once.
  ///
  /// - Throws: `MeasureNameError` for the first name that is wrong, or when there is none.
  package static func parse(list: String) throws(MeasureNameError) -> [any Measure] {
    var measures: [any Measure] = []
    for part in list.split(separator: ",") {
      let measure = try parse(String(part))
      if !measures.contains(where: { $0.description == measure.description }) { measures.append(measure) }
    }
    if measures.isEmpty { throw MeasureNameError(list, "no measure is named", suggestion: "nDCG@10,RR@10,AP") }
    return measures
  }

  private static func problem(with name: MeasureName, for type: any Measure.Type) -> String? {
    switch type.cutoff {
    case .required where name.cutoff == nil: return "needs a cutoff"
    case .never where name.cutoff != nil: return "takes no cutoff"
    default: break
    }
    return name.relevance != nil && !type.takesRelevance ? "takes no rel" : nil
  }
}

/// A measure's name that cannot be read, and what was perhaps meant.
package struct MeasureNameError: Error, Equatable, Sendable, CustomStringConvertible {
  package let name: String
  package let problem: String
  package let suggestion: String?

  init(_ name: String, _ problem: String, suggestion: String?) {
    self.name = name
    self.problem = problem
    self.suggestion = suggestion
  }

  package var description: String {
    let hint = suggestion.map { "did you mean \"\($0)\"?" }
    let known = Measures.all.map { $0.usage }.joined(separator: ", ")
    return "measure \"\(name)\": \(problem); \(hint ?? "known: \(known)")"
  }
}
