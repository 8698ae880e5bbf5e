/// `P@k`: trec_eval's `P_k`.
///
/// The number of relevant documents in the first k ranks, divided by k, also where fewer than k were retrieved.
package struct Precision: Measure {
  package static let name = "P"
  package static let summary = "relevant part of the first k"
  package static let cutoff = CutoffRule.required
  package static let takesRelevance = true
  package let parameters: MeasureParameters

  package init(_ parameters: MeasureParameters) {
    self.parameters = parameters
  }

  package func value(of ranking: JudgedRanking) -> Double {
    let cutoff = parameters.cutoff ?? max(ranking.retrieved.count, 1)
    return Double(ranking.relevantRetrieved(atLeast: parameters.relevance, cutoff: cutoff)) / Double(cutoff)
  }
}
