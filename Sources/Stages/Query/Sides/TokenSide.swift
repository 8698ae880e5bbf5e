internal import Codecs
internal import Kernels
internal import Search
internal import Shards

/// Token vectors on disk: MaxSim of candidates.
struct TokenSide: Sendable {
  let context: SearchContext

  /// The documents of `hits` with their scores by the query's vectors (vectors, dimension); records are read in the
  /// order of the disk.
  func score(_ query: [Float], _ hits: [Hit], threads: Int = 1) throws -> [Hit] {
    let readers = try context.index.tokens()
    let codec = try context.index.codec()
    let groups = OpenIndex.byShard(hits).flatMap { group in group.places.map { hits[$0] } }
    return try Parallel.map(groups.count, threads: threads) { index in
      let hit = groups[index]
      let record = try readers[hit.shard].record(of: Int(hit.document))
      guard let vectors = codec.decode(centroids: record.centroids, residuals: record.residuals) else {
        throw FormatError.corrupt(
          path: readers[hit.shard].path, detail: "document \(hit.document) has a centroid that there is not")
      }
      return Hit(
        shard: hit.shard, document: hit.document,
        score: MaxSim.score(query, vectors, dimension: codec.dimension))
    }
  }
}
