/// The best documents of one shard by scores of any sign; equal scores by the rank of their ids. For scans of vectors
/// and codes.
package struct ScoreCollector: Sendable {
  private var best: BestOf<ScoredDocument>
  /// The least score that can still be among the best.
  package private(set) var threshold = -Float.infinity

  /// - Precondition: `k > 0`.
  package init(k: Int) { best = BestOf(capacity: k) }

  /// Takes a document; each once. `rank`: the place of its id among the shard's, asked only for those that may stay.
  package mutating func offer(_ document: UInt32, _ score: Float, rank: (UInt32) throws -> UInt32) rethrows {
    guard score >= threshold else { return }
    guard best.insert(ScoredDocument(score: score, rank: try rank(document), document: document)) else { return }
    if let smallest = best.smallest { threshold = smallest.score }
  }

  /// The documents kept, the best first.
  package func hits(shard: Int) -> [Hit] {
    best.descending.map { Hit(shard: shard, document: $0.document, score: $0.score) }
  }
}
