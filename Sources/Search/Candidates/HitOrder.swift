/// Puts documents of several shards into one ranking: by score, the highest first, equal ones by the bytes of their ids.
package enum HitOrder {
  /// The first `k` of `hits`. Ids are asked for only where scores are equal. A score that is no number comes last.
  package static func best(_ hits: [Hit], k: Int, id: (Hit) throws -> [UInt8]) rethrows -> [Hit] {
    let sorted = hits.sorted { key($0.score) > key($1.score) }
    var result: [Hit] = []
    var start = 0
    while start < sorted.count, result.count < k {
      var end = start + 1
      while end < sorted.count, key(sorted[end].score) == key(sorted[start].score) { end += 1 }
      if end - start == 1 {
        result.append(sorted[start])
      } else {
        let named = try sorted[start..<end].map { (id: try id($0), hit: $0) }
        result += named.sorted { $0.id.lexicographicallyPrecedes($1.id) }.map(\.hit)
      }
      start = end
    }
    return Array(result.prefix(k))
  }

  private static func key(_ score: Float) -> Float { score.isNaN ? -.infinity : score }
}
