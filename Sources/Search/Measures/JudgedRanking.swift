/// One query's ranking seen through its judgements: all that a measure may look at.
///
/// Built once a query, read by every measure. Ranks count from 1; `retrieved[0]` is rank 1.
package struct JudgedRanking: Sendable {
  /// What is known of a retrieved document.
  package enum Judgement: Sendable, Equatable {
    /// There is no judgement of it.
    case none
    /// It was in the pool and not judged: a negative grade.
    case pooled
    /// Its grade, 0 or more.
    case grade(Int)
  }

  /// The judgement at each rank, best first, in trec_eval's order.
  package let retrieved: [Judgement]
  /// The grades, 0 and more, of all judged documents of the query, retrieved or not, descending.
  package let ideal: [Int]

  package init(retrieved: [Judgement], ideal: [Int]) {
    self.retrieved = retrieved
    self.ideal = ideal.sorted(by: >)
  }

  /// - Parameters:
  ///   - hits: in the order to be judged, see `Run.ranking`.
  ///   - grades: by document id.
  init(hits: [RankedDocument], grades: [[UInt8]: Int]) {
    let retrieved = hits.map { hit -> Judgement in
      guard let grade = grades[hit.document] else { return .none }
      return grade < 0 ? .pooled : .grade(grade)
    }
    self.init(retrieved: retrieved, ideal: grades.values.filter { $0 >= 0 })
  }

  /// The number of judged documents, retrieved or not, with at least `level`.
  func relevant(atLeast level: Int) -> Int {
    ideal.prefix { $0 >= level }.count
  }

  /// The number of documents in the first `cutoff` ranks with at least `level`.
  func relevantRetrieved(atLeast level: Int, cutoff: Int?) -> Int {
    retrieved.prefix(cutoff ?? .max).count { $0.isRelevant(atLeast: level) }
  }
}

extension JudgedRanking.Judgement {
  /// What nDCG adds up: the grade, 0 for anything without one.
  var gain: Double {
    if case .grade(let grade) = self { Double(grade) } else { 0 }
  }

  func isRelevant(atLeast level: Int) -> Bool {
    if case .grade(let grade) = self { grade >= level } else { false }
  }
}
