/// A document that a query found, with its score.
package struct RankedDocument: Sendable, Hashable {
  /// The document's id, as given in the collection.
  package let document: [UInt8]
  /// Higher is better. Kept in 64 bits as read; trec_eval compares only its 32-bit rounding.
  package let score: Double

  package init(document: [UInt8], score: Double) {
    self.document = document
    self.score = score
  }

  /// Our order: score descending (64 bits), then document id bytes ascending.
  package static func precedes(_ left: RankedDocument, _ right: RankedDocument) -> Bool {
    if left.score != right.score { return left.score > right.score }
    return left.document.lexicographicallyPrecedes(right.document)
  }

  /// trec_eval's order: score descending as a 32-bit float, then document id bytes **descending**.
  ///
  /// Source: trec_eval 9, `form_res_rels.c`, `comp_sim_docno`, and `TEXT_RESULTS.sim`, a `float`. The rank column of a
  /// run takes no part. Scores that differ only beyond 24 bits of mantissa are ties there.
  package static func precedesInTrecEval(_ left: RankedDocument, _ right: RankedDocument) -> Bool {
    let (first, second) = (Float(left.score), Float(right.score))
    if first != second { return first > second }
    return right.document.lexicographicallyPrecedes(left.document)
  }
}

/// What a system retrieved for each query.
///
/// Ids are opaque bytes. Within a query no document is there twice; the reader sees to that.
package struct Run: Sendable {
  /// The hits of each query, in the order of the file, which nothing here depends on.
  package private(set) var hits: [[UInt8]: [RankedDocument]]

  /// - Precondition: no document is twice in one query's hits.
  package init(hits: [[UInt8]: [RankedDocument]]) {
    self.hits = hits
  }

  /// Query ids, bytes ascending.
  package var queries: [[UInt8]] {
    hits.keys.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// The hits of `query` as trec_eval ranks them; empty for a query that the run does not have.
  package func ranking(of query: [UInt8]) -> [RankedDocument] {
    (hits[query] ?? []).sorted(by: RankedDocument.precedesInTrecEval)
  }
}
