internal import Shards

/// Exact search: the k documents with the highest scores of all shards.
package enum TopK {
  /// The best documents, the best first; documents of equal score by their ids' bytes, ascending. Fewer than `k` where
  /// fewer score above zero. Throws `FormatError`, and what the shards' closures throw.
  package static func search(
    _ query: Query, shards: [ShardView], k: Int, strategy: any EvaluationStrategy.Type = MaxScore.self
  ) throws -> [Hit] {
    guard k > 0 else { return [] }
    var collector = TopKCollector(k: k)
    var best: [RankedHit] = []
    for (index, shard) in shards.enumerated() {
      var shardQuery = try ShardQuery(query, in: shard.postings)
      guard shardQuery.count > 0 else { continue }
      collector.begin(shard)
      try strategy.search(&shardQuery, &collector)
      let found = collector.takeShard(index).map { RankedHit(hit: $0) }
      best = try merge(best, found, shards, k: k)
    }
    return best.map(\.hit)
  }

  /// A hit, and its id once a tie has asked for it.
  private struct RankedHit {
    let hit: Hit
    var id: [UInt8]?

    mutating func loadedID(_ shards: [ShardView]) throws -> [UInt8] {
      if let id { return id }
      let loaded = try shards[hit.shard].documentID(hit.document)
      id = loaded
      return loaded
    }
  }

  /// The first k of two sorted lists.
  private static func merge(
    _ earlier: [RankedHit], _ later: [RankedHit], _ shards: [ShardView], k: Int
  ) throws -> [RankedHit] {
    if earlier.isEmpty { return later }
    var (left, right) = (earlier, later)
    var result: [RankedHit] = []
    var (i, j) = (0, 0)
    while result.count < k, i < left.count || j < right.count {
      let takesLeft: Bool
      if i == left.count || j == right.count {
        takesLeft = j == right.count
      } else if left[i].hit.score != right[j].hit.score {
        takesLeft = left[i].hit.score > right[j].hit.score
      } else {
        takesLeft = try !right[j].loadedID(shards).lexicographicallyPrecedes(left[i].loadedID(shards))
      }
      result.append(takesLeft ? left[i] : right[j])
      if takesLeft { i += 1 } else { j += 1 }
    }
    return result
  }
}
