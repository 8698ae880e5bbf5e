/// `RR`, `RR@k`: trec_eval's `recip_rank`, with a cutoff that of `trec_eval -M k`; its mean is called MRR.
///
/// 1 / rank of the first relevant document, 0 if none is in the first k ranks. MS MARCO's own script agrees except for
/// the order of ties.
package struct ReciprocalRank: Measure {
  package static let name = "RR"
  package static let summary = "1 / rank of the first relevant document"
  package static let cutoff = CutoffRule.optional
  package static let takesRelevance = true
  package let parameters: MeasureParameters

  package init(_ parameters: MeasureParameters) {
    self.parameters = parameters
  }

  package func value(of ranking: JudgedRanking) -> Double {
    let first = ranking.retrieved.prefix(parameters.cutoff ?? .max).firstIndex {
      $0.isRelevant(atLeast: parameters.relevance)
    }
    return first.map { 1 / Double($0 + 1) } ?? 0
  }
}
