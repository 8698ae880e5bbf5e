internal import Codecs
internal import Kernels
internal import Quantizers
internal import Search
internal import Shards

/// Product-quantized codes in memory: an exact scan of their scores by tables, over all of them or over the lists that
/// are nearest to the query.
struct CodeSide: Sendable {
  let context: SearchContext

  func search(_ query: [Float], k: Int) throws -> [Hit] {
    let quantizer = try context.index.quantizer()
    guard query.count == quantizer.shape.dimension else {
      throw VectorError(
        path: context.index.path,
        detail: "its codes are of \(quantizer.shape.dimension) dimensions, the query has \(query.count)")
    }
    let tables = quantizer.tables(query)
    let lists = context.settings.probes.flatMap { quantizer.lists?.nearest(to: query, probes: $0) }
    var found: [Hit] = []
    for (shard, codes) in try context.index.codes().enumerated() {
      guard codes.lists == quantizer.lists?.count else {
        throw FormatError.corrupt(path: codes.path, detail: "its lists are not those of the index's quantizer")
      }
      let documents = context.index.documents[shard]
      var collector = ScoreCollector(k: k)
      try codes.scan(tables, lists: lists, threshold: { collector.threshold }) { document, score in
        try collector.offer(UInt32(document), score) { UInt32(try documents.rank(of: Int($0))) }
      }
      found += collector.hits(shard: shard)
    }
    return try context.index.best(found, k: k)
  }
}
