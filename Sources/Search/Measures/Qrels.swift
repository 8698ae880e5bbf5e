/// Relevance judgements: the grade that an assessor gave to a document for a query.
///
/// Ids are opaque bytes. Grades are integers: 0 is judged not relevant, 1 and more is relevant to that degree. A
/// negative grade says that the document was in the pool and not judged; measures treat it as trec_eval does: never
/// relevant, no gain, and not among the judged documents that are not relevant.
package struct Qrels: Sendable, Equatable {
  /// Grades by query and document.
  package private(set) var judgements: [[UInt8]: [[UInt8]: Int]]

  package init(_ judgements: [[UInt8]: [[UInt8]: Int]]) {
    self.judgements = judgements
  }

  /// Query ids, bytes ascending.
  package var queries: [[UInt8]] {
    judgements.keys.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// The grade of `document` for `query`, or `nil` where there is no judgement.
  package func grade(query: [UInt8], document: [UInt8]) -> Int? {
    judgements[query]?[document]
  }
}
