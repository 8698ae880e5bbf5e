/// `Rprec`: trec_eval's `Rprec`.
///
/// The precision at rank R, where R is the number of documents judged relevant. 0 for a query without any.
package struct RPrecision: Measure {
  package static let name = "Rprec"
  package static let summary = "precision at the number of relevant documents"
  package static let cutoff = CutoffRule.never
  package static let takesRelevance = true
  package let parameters: MeasureParameters

  package init(_ parameters: MeasureParameters) {
    self.parameters = parameters
  }

  package func value(of ranking: JudgedRanking) -> Double {
    let total = ranking.relevant(atLeast: parameters.relevance)
    let found = ranking.relevantRetrieved(atLeast: parameters.relevance, cutoff: total)
    return total == 0 ? 0 : Double(found) / Double(total)
  }
}
