/// `AP`, `AP@k`: trec_eval's `map` and `map_cut_k`.
///
/// The sum of the precisions at the ranks (to k) of relevant documents, divided by the number of relevant documents
/// that were judged, whether retrieved or not, and even if that is more than k. 0 for a query without any.
package struct AveragePrecision: Measure {
  package static let name = "AP"
  package static let summary = "mean of the precisions at the ranks of relevant documents"
  package static let cutoff = CutoffRule.optional
  package static let takesRelevance = true
  package let parameters: MeasureParameters

  package init(_ parameters: MeasureParameters) {
    self.parameters = parameters
  }

  package func value(of ranking: JudgedRanking) -> Double {
    let total = ranking.relevant(atLeast: parameters.relevance)
    if total == 0 { return 0 }
    var found = 0
    var sum = 0.0
    for (index, judgement) in ranking.retrieved.prefix(parameters.cutoff ?? .max).enumerated()
    where judgement.isRelevant(atLeast: parameters.relevance) {
      found += 1
      sum += Double(found) / Double(index + 1)
    }
    return sum / Double(total)
  }
}
