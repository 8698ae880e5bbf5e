package import Shards

/// Scores of given documents, as a search would give them.
package enum SparseScores {
  /// (documents): 0 where a document has no term of the query. Documents must ascend. Throws `FormatError`.
  package static func scores(_ query: Query, of documents: [UInt32], in postings: PostingsReader) throws -> [Float] {
    var scorer = CanonicalScorer(try ShardQuery(query, in: postings))
    return try documents.map { Float(try scorer.sum($0)) }
  }
}
