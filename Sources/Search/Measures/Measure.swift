/// A measure of how well a ranking agrees with the judgements: one file, and one line in `Measures.all`.
///
/// Values and names are those of ir-measures, which are trec_eval's where trec_eval has the measure.
package protocol Measure: Sendable, CustomStringConvertible {
  /// The name before `@` and `(`, such as `nDCG`.
  static var name: String { get }
  /// One line for help.
  static var summary: String { get }
  /// Whether a name has `@k`.
  static var cutoff: CutoffRule { get }
  /// Whether a name may have `(rel=n)`; false for measures that use grades as they are, or any judgement.
  static var takesRelevance: Bool { get }
  /// What it can be: a part of the best, unless it says otherwise.
  static var values: ClosedRange<Double> { get }

  var parameters: MeasureParameters { get }

  /// - Precondition: `parameters` keeps to `cutoff` and `takesRelevance`; `Measures.parse` sees to that.
  init(_ parameters: MeasureParameters)

  /// The value for one query.
  func value(of ranking: JudgedRanking) -> Double
}

/// Whether a measure is cut at a rank.
package enum CutoffRule: Sendable {
  case required
  case optional
  case never
}

/// What stands after a measure's name: `(rel=2)@100`.
package struct MeasureParameters: Sendable, Hashable {
  /// The last rank that counts, from 1; `nil`: the whole ranking.
  package var cutoff: Int?
  /// The lowest grade that is relevant, from 1.
  package var relevance: Int

  package init(cutoff: Int? = nil, relevance: Int = 1) {
    self.cutoff = cutoff
    self.relevance = relevance
  }
}

extension Measure {
  package static var values: ClosedRange<Double> { 0...1 }

  /// The canonical name, which `Measures.parse` reads: `AP(rel=2)@100`. A level of 1 is left out.
  package var description: String {
    let level = parameters.relevance == 1 ? "" : "(rel=\(parameters.relevance))"
    return Self.name + level + (parameters.cutoff.map { "@\($0)" } ?? "")
  }

  /// The form of its names, for help: `AP[(rel=n)][@k]`.
  package static var usage: String {
    let cut =
      switch cutoff {
      case .required: "@k"
      case .optional: "[@k]"
      case .never: ""
      }
    return name + (takesRelevance ? "[(rel=n)]" : "") + cut
  }
}
