package import Search

/// How to search. What a mode does not use is ignored.
package struct SearchSettings: Sendable {
  /// One of `SearchModes.all`; `nil` takes the first that the index has what it needs for.
  package var mode: String?
  /// How postings are evaluated; the result is the same.
  package var strategy: any EvaluationStrategy.Type = MaxScore.self
  /// How many candidates the light side finds for the heavy one to verify, and how long the lists are that are fused.
  package var candidates = 1000
  /// What finds candidates: `sparse`, `pq` or `dense`; `nil` takes the first of them that the index has.
  package var coarse: Coarse?
  /// How many lists of codes are scanned, the nearest to the query; `nil` scans all. An index without lists is an error.
  package var probes: Int?
  /// What the candidates' own scores count in the end: BiDR takes 0.3 of PQ scores. `nil` is 0 where candidates are
  /// verified, and the fusion's default where lists are fused.
  package var weight: Double?
  package var fusion = Fusion.interpolation
  package var feedback: Feedback?
  package var feedbackStage = FeedbackStage.before
  /// The run whose documents are ranked again, and by what.
  package var run: Run?
  package var by = Fine.dense

  package init() {}

  /// What finds candidates.
  package enum Coarse: String, Sendable, CaseIterable { case sparse, pq, dense }

  /// What scores candidates.
  package enum Fine: String, Sendable, CaseIterable { case dense, sparse, colbert }

  /// When queries are changed by feedback: `before` lists are fused, each by its own list; `after`, by the fused list,
  /// which is then made anew; or `both`.
  package enum FeedbackStage: String, Sendable, CaseIterable { case before, after, both }
}
