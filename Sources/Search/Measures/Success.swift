/// `Success@k`: trec_eval's `success_k`. 1 if a relevant document is in the first k ranks, else 0.
package struct Success: Measure {
  package static let name = "Success"
  package static let summary = "1 if a relevant document is in the first k"
  package static let cutoff = CutoffRule.required
  package static let takesRelevance = true
  package let parameters: MeasureParameters

  package init(_ parameters: MeasureParameters) {
    self.parameters = parameters
  }

  package func value(of ranking: JudgedRanking) -> Double {
    ranking.relevantRetrieved(atLeast: parameters.relevance, cutoff: parameters.cutoff) > 0 ? 1 : 0
  }
}
