/// Measures of a run against judgements: a value a query, and their means.
///
/// Queries are matched as trec_eval does it. Without `complete`, the means are over the queries that are both judged
/// and in the run. With it (`trec_eval -c`), they are over all judged queries, and one that the run lacks counts 0. Queries
/// without judgements never count. How many were `missing` and `extra` is part of every report.
package struct Evaluation: Sendable {
  package let measures: [any Measure]
  /// One entry a query that is in the means, query id bytes ascending.
  package let perQuery: [QueryValues]
  /// Judged queries that the run does not have.
  package let missing: [[UInt8]]
  /// Queries of the run that have no judgements.
  package let extra: [[UInt8]]
  /// Whether `missing` queries are in the means, with 0.
  package let isComplete: Bool

  /// A query's values, in the order of `measures`.
  package struct QueryValues: Sendable, Equatable {
    package let query: [UInt8]
    package let values: [Double]
  }

  /// - Throws: `EvaluationError` where no query of the run is judged: then the files do not belong together.
  package init(qrels: Qrels, run: Run, measures: [any Measure], complete: Bool = false) throws(EvaluationError) {
    let queries = qrels.queries
    missing = queries.filter { run.hits[$0] == nil }
    extra = run.queries.filter { qrels.judgements[$0] == nil }
    if missing.count == queries.count { throw EvaluationError(run: extra.first, qrels: queries.first) }
    self.measures = measures
    isComplete = complete
    perQuery = queries.compactMap { query in
      guard complete || run.hits[query] != nil else { return nil }
      let ranking = JudgedRanking(hits: run.ranking(of: query), grades: qrels.judgements[query] ?? [:])
      return QueryValues(query: query, values: measures.map { $0.value(of: ranking) })
    }
  }

  /// The means over `perQuery`, in the order of `measures`.
  package var mean: [Double] {
    measures.indices.map { index in
      perQuery.reduce(0) { $0 + $1.values[index] } / Double(perQuery.count)
    }
  }

  /// The mean of a measure by its name, such as `nDCG@10`; `nil` if it was not asked for.
  package func mean(_ name: String) -> Double? {
    measures.firstIndex { $0.description == name }.map { mean[$0] }
  }
}

/// A run and judgements that have no query in common.
package struct EvaluationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A query id of each file; `nil` where it has none.
  package let run: [UInt8]?
  package let qrels: [UInt8]?

  package var description: String {
    guard let run else { return "the run has no hits; nothing can be evaluated" }
    let judged = qrels.map { "query \(quoted($0))" } ?? "none"
    return "no query of the run is judged: the run has query \(quoted(run)), the judgements have \(judged); "
      + "check that the two files belong together"
  }
}
