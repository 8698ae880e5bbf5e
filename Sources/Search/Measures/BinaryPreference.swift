/// `Bpref`: trec_eval's `bpref` (Buckley and Voorhees, SIGIR 2004).
///
/// With R documents judged relevant and N judged not relevant: the mean over the relevant ones of
/// 1 - min(n, R) / min(N, R), n the number of judged not relevant documents ranked before it; a relevant document that
/// was not retrieved adds 0. Documents without a judgement, or with a negative grade, are passed over.
package struct BinaryPreference: Measure {
  package static let name = "Bpref"
  package static let summary = "how seldom a document judged not relevant comes before a relevant one"
  package static let cutoff = CutoffRule.never
  package static let takesRelevance = true
  package let parameters: MeasureParameters

  package init(_ parameters: MeasureParameters) {
    self.parameters = parameters
  }

  package func value(of ranking: JudgedRanking) -> Double {
    let relevant = ranking.relevant(atLeast: parameters.relevance)
    if relevant == 0 { return 0 }
    let bound = min(ranking.ideal.count - relevant, relevant)
    var before = 0
    var sum = 0.0
    for case .grade(let grade) in ranking.retrieved {
      if grade < parameters.relevance {
        before += 1
      } else {
        // Where one came before, there is one: `bound` is not 0.
        sum += before == 0 ? 1 : 1 - Double(min(before, relevant)) / Double(bound)
      }
    }
    return sum / Double(relevant)
  }
}
