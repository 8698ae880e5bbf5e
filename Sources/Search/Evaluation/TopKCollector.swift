/// The best documents seen so far, of one shard after the other.
///
/// Two heaps: the k best scores of all shards, which say what still matters, and the k best documents of this shard, in
/// which ties are broken by the rank of ids. Ranks of different shards cannot be compared, so shards are brought
/// together afterwards, by ids (see `TopK`).
package struct TopKCollector {
  private struct Candidate: Comparable {
    let score: Float
    let rank: UInt32
    let document: UInt32

    /// Worse: a smaller score, or the same with an id that comes later.
    static func < (left: Candidate, right: Candidate) -> Bool {
      left.score != right.score ? left.score < right.score : left.rank > right.rank
    }
  }

  private var scores: BestOf<Float>
  private var candidates: BestOf<Candidate>
  /// The scores of all shards are those of `candidates`, so they are not kept twice.
  private var isFirstShard = true
  private var idRank: (UInt32) throws -> UInt32 = { $0 }

  /// The smallest score that can still be among the best: the k-th so far, or the smallest above zero.
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
    let candidate = Candidate(score: score, rank: try idRank(document), document: document)
    guard candidates.insert(candidate) else { return }
    if isFirstShard {
      if candidates.isFull, let smallest = candidates.smallest { threshold = max(threshold, smallest.score) }
    } else {
      _ = scores.insert(score)
      if scores.isFull, let smallest = scores.smallest { threshold = max(threshold, smallest) }
    }
  }

  /// Ends the current shard: its best documents, the best first.
  mutating func takeShard(_ shard: Int) -> [Hit] {
    if isFirstShard { for candidate in candidates.heap { _ = scores.insert(candidate.score) } }
    isFirstShard = false
    defer { candidates.removeAll() }
    return candidates.heap.sorted(by: >).map { Hit(shard: shard, document: $0.document, score: $0.score) }
  }
}
