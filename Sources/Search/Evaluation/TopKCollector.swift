/// The best documents seen so far, of one shard after the other.
///
/// Kept twice: the k best scores of all shards, which say what still matters, and the k best documents of this shard, in
/// which ties are broken by the rank of ids. Ranks of different shards cannot be compared, so shards are brought
/// together afterwards, by ids (see `TopK`).
package struct TopKCollector {
  private var scores: BestOf<Float>
  private var candidates: BestOf<ScoredDocument>
  /// The scores of all shards are those of `candidates`, so they are not kept twice.
  private var isFirstShard = true
  private var idRank: (UInt32) throws -> UInt32 = { $0 }

  /// The smallest score that can still be among the best: about the k-th so far, never above it, or the smallest above
  /// zero.
  private(set) var threshold = Float.leastNonzeroMagnitude

  /// - Precondition: `k > 0`.
  init(k: Int) {
    scores = BestOf(capacity: k)
    candidates = BestOf(capacity: k)
  }

  /// A sum that is not above this rounds to less than `threshold`.
  var cut: Double { Double(threshold.nextDown) }

  mutating func begin(_ shard: ShardView) { idRank = shard.idRank }

  /// Takes a document of the current shard with its exact sum; each once.
  mutating func offer(_ document: UInt32, sum: Double) throws {
    let score = Float(sum)
    guard score >= threshold else { return }
    let candidate = ScoredDocument(score: score, rank: try idRank(document), document: document)
    guard candidates.insert(candidate) else { return }
    if isFirstShard {
      if let smallest = candidates.smallest { threshold = max(threshold, smallest.score) }
    } else {
      _ = scores.insert(score)
      if let smallest = scores.smallest { threshold = max(threshold, smallest) }
    }
  }

  /// Ends the current shard: its best documents, the best first.
  mutating func takeShard(_ shard: Int) -> [Hit] {
    if isFirstShard { for candidate in candidates.descending { _ = scores.insert(candidate.score) } }
    isFirstShard = false
    defer { candidates.removeAll() }
    return candidates.descending.map { Hit(shard: shard, document: $0.document, score: $0.score) }
  }
}
