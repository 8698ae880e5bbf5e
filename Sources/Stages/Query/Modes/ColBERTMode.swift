package import Search

/// Candidates verified by the vectors of their tokens.
package struct ColBERTMode: SearchMode {
  package static let name = "colbert"
  package static let summary = "candidates of the light side, verified by MaxSim over token vectors on disk"
  package static let needs = ["tokens", "centroids"]

  private let context: SearchContext

  package init(_ context: SearchContext) { self.context = context }

  package func search(_ queries: [SearchQuery], k: Int, threads: Int) throws -> [[Hit]] {
    let side = TokenSide(context: context)
    let candidates = try candidates(queries, k: max(k, context.settings.candidates), threads: threads)
    let readThreads = queries.count == 1 ? threads : 1
    return try Array(zip(queries, candidates)).mapParallel(threads) { query, candidates in
      try context.index.best(
        side.score(context.tokenVectors(query), candidates, threads: readThreads), k: k)
    }
  }

  /// Every document where the index has no lighter side.
  private func candidates(_ queries: [SearchQuery], k: Int, threads: Int) throws -> [[Hit]] {
    let index = context.index
    if context.settings.coarse != nil || index.hasPostings || index.hasCodes || index.hasVectors {
      return try CandidateSource(context).search(queries, k: k, threads: threads)
    }
    let all = index.documents.enumerated().flatMap { shard, documents in
      (0..<documents.count).map { Hit(shard: shard, document: UInt32($0), score: 0) }
    }
    return queries.map { _ in all }
  }
}
