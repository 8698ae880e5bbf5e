internal import Kernels
internal import Search
internal import Shards

/// The inverted index: exact top-k of impacts, and scores of given documents.
struct SparseSide: Sendable {
  let context: SearchContext

  /// The best k; documents without a term of the query are never among them.
  func search(_ query: Query, k: Int) throws -> [Hit] {
    try TopK.search(query, shards: context.index.postings(), k: k, strategy: context.settings.strategy)
  }

  /// The documents of `hits` with their scores by the query.
  func score(_ query: Query, _ hits: [Hit]) throws -> [Hit] {
    let postings = try context.index.postings()
    return try OpenIndex.byShard(hits).flatMap { shard, places in
      let documents = places.map { hits[$0].document }
      let scores = try SparseScores.scores(query, of: documents, in: postings[shard].postings)
      return zip(documents, scores).map { Hit(shard: shard, document: $0, score: $1) }
    }
  }

  /// The query after feedback of the first documents of `hits`.
  func update(_ query: Query, by feedback: Feedback, _ hits: [Hit]) throws -> Query {
    let forward = try context.index.forward()
    let found = try hits.prefix(feedback.documents).map { try forward[$0.shard].terms(of: Int($0.document)) }
    return try feedback.sparse(query, found)
  }
}
