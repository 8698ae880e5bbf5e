internal import Kernels
internal import Search
internal import Shards

/// Dense vectors on disk: exact scans, scores of candidates, feedback.
struct DenseSide: Sendable {
  let context: SearchContext

  /// The best k for each query, by reading all vectors once; piece by piece, so memory does not depend on the index.
  func scan(_ queries: [[Float]], k: Int, threads: Int) throws -> [[Hit]] {
    if queries.isEmpty { return [] }
    var found = [[Hit]](repeating: [], count: queries.count)
    for (shard, reader) in try context.index.vectors().enumerated() where reader.count > 0 {
      let documents = context.index.documents[shard]
      let scanned = try reader.scanQueries(queries.flatMap { $0 }, count: queries.count)
      var collectors = [ScoreCollector](repeating: ScoreCollector(k: k), count: queries.count)
      for start in stride(from: 0, to: reader.scanPieces, by: 2 * threads) {
        let pieces = min(2 * threads, reader.scanPieces - start)
        for piece in try Parallel.map(pieces, threads: threads, { try reader.scan(start + $0, scanned) }) {
          for query in queries.indices {
            var place = query
            var document = UInt32(piece.first)
            while place < piece.scores.count {
              try collectors[query].offer(document, piece.scores[place]) { UInt32(try documents.rank(of: Int($0))) }
              place += queries.count
              document += 1
            }
          }
        }
      }
      for query in queries.indices { found[query] += collectors[query].hits(shard: shard) }
    }
    return try found.map { try context.index.best($0, k: k) }
  }

  /// The documents of `hits` with their scores by the query; candidates are read in the order of the disk.
  func score(_ query: [Float], _ hits: [Hit], threads: Int = 1) throws -> [Hit] {
    let readers = try context.index.vectors()
    return try OpenIndex.byShard(hits).flatMap { shard, places in
      let documents = places.map { hits[$0].document }
      let scores = try readers[shard].scores(of: documents, query: query, threads: threads)
      return zip(documents, scores).map { Hit(shard: shard, document: $0, score: $1) }
    }
  }

  /// The query after feedback of the first documents of `hits`.
  func update(_ query: [Float], by feedback: Feedback, _ hits: [Hit]) throws -> [Float] {
    let readers = try context.index.vectors()
    return feedback.dense(
      query, try hits.prefix(feedback.documents).map { try readers[$0.shard].vector(of: Int($0.document)) })
  }
}
