internal import Foundation

/// `nDCG`, `nDCG@k`: trec_eval's `ndcg` and `ndcg_cut_k`.
///
/// The sum over ranks r of grade / log2(r + 1), divided by the same sum over the judged grades in descending order, both
/// cut at k. The gain is the grade itself (Järvelin and Kekäläinen, TOIS 20(4), 2002, as trec_eval reads it), not
/// 2^grade - 1. Negative grades and documents without a judgement gain nothing. A query with no positive grade has 0.
package struct NormalizedDCG: Measure {
  package static let name = "nDCG"
  package static let summary = "discounted gain of the grades, relative to the best possible ranking"
  package static let cutoff = CutoffRule.optional
  package static let takesRelevance = false
  package let parameters: MeasureParameters

  package init(_ parameters: MeasureParameters) {
    self.parameters = parameters
  }

  package func value(of ranking: JudgedRanking) -> Double {
    let depth = parameters.cutoff ?? .max
    let best = discounted(ranking.ideal.prefix(depth).lazy.map(Double.init))
    return best > 0 ? discounted(ranking.retrieved.prefix(depth).lazy.map(\.gain)) / best : 0
  }

  private func discounted(_ gains: some Sequence<Double>) -> Double {
    var sum = 0.0
    for (index, gain) in gains.enumerated() where gain > 0 { sum += gain / log2(Double(index + 2)) }
    return sum
  }
}
