/// `R@k`: trec_eval's `recall_k`.
///
/// The number of relevant documents in the first k ranks, divided by the number that were judged relevant. 0 for a query
/// without any.
package struct Recall: Measure {
  package static let name = "R"
  package static let summary = "retrieved part of the relevant documents, in the first k"
  package static let cutoff = CutoffRule.required
  package static let takesRelevance = true
  package let parameters: MeasureParameters

  package init(_ parameters: MeasureParameters) {
    self.parameters = parameters
  }

  package func value(of ranking: JudgedRanking) -> Double {
    let total = ranking.relevant(atLeast: parameters.relevance)
    let found = ranking.relevantRetrieved(atLeast: parameters.relevance, cutoff: parameters.cutoff)
    return total == 0 ? 0 : Double(found) / Double(total)
  }
}
