/// Ways to make one ranking of two.
package enum Fusion: String, Sendable, CaseIterable, Codable {
  /// weight * sparse + dense; what a list lacks has the least score of that list (Pyserini's hybrid search).
  case interpolation
  /// The same of scores brought to -0.5...0.5 by (s - (min + max) / 2) / (max - min).
  case normalized
  /// The sum of 1 / (60 + rank) (Cormack, Clarke, Buettcher, "Reciprocal rank fusion", 2009).
  case reciprocal = "rrf"

  /// Documents of either list with their new scores, in no order. Lists are sorted, the best first.
  package func fuse(_ sparse: [Hit], _ dense: [Hit], weight: Double) -> [Hit] {
    let (left, right) = (values(sparse), values(dense))
    var result: [Hit] = []
    for hit in sparse + dense.filter({ left.of[$0.place] == nil }) {
      let score = weight * (left.of[hit.place] ?? left.missing) + (right.of[hit.place] ?? right.missing)
      result.append(Hit(shard: hit.shard, document: hit.document, score: Float(score)))
    }
    return result
  }

  /// The weight of the sparse list unless another is given.
  package var defaultWeight: Double { self == .interpolation ? 0.1 : 1 }

  private func values(_ hits: [Hit]) -> (of: [Hit.Place: Double], missing: Double) {
    var values: [Hit.Place: Double] = [:]
    let (most, least) = (Double(hits.first?.score ?? 0), Double(hits.last?.score ?? 0))
    for (index, hit) in hits.enumerated() {
      switch self {
      case .interpolation: values[hit.place] = Double(hit.score)
      case .normalized: values[hit.place] = Self.normalized(Double(hit.score), least, most)
      case .reciprocal: values[hit.place] = 1 / Double(60 + index + 1)
      }
    }
    switch self {
    case .interpolation: return (values, least)
    case .normalized: return (values, hits.isEmpty ? 0 : Self.normalized(least, least, most))
    case .reciprocal: return (values, 0)
    }
  }

  private static func normalized(_ score: Double, _ least: Double, _ most: Double) -> Double {
    most > least ? (score - (least + most) / 2) / (most - least) : 0
  }
}
