/// `Judged@k`: the part of the first k ranks that has any judgement, negative grades included.
///
/// ir-measures' definition (trec_eval has none): divided by k or by the number of retrieved documents, whichever is
/// less. Ties at rank k are ordered as everywhere here, trec_eval's way; ir-measures orders them by ascending id.
package struct Judged: Measure {
  package static let name = "Judged"
  package static let summary = "part of the first k that has a judgement"
  package static let cutoff = CutoffRule.required
  package static let takesRelevance = false
  package let parameters: MeasureParameters

  package init(_ parameters: MeasureParameters) {
    self.parameters = parameters
  }

  package func value(of ranking: JudgedRanking) -> Double {
    let seen = ranking.retrieved.prefix(parameters.cutoff ?? .max)
    return seen.isEmpty ? 0 : Double(seen.count { $0 != .none }) / Double(seen.count)
  }
}
