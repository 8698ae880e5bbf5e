import Foundation
import Kernels
import Search
import Shards
import Testing

/// SplitMix64 (Steele, Lea and Flood, 2014): random tests print its seed and can be repeated.
struct EvaluationRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}

/// A shard in memory and on the disk.
struct TestShard {
  /// term -> postings, documents ascending.
  var lists: [[UInt8]: [(document: UInt32, impact: Float)]] = [:]
  var ids: [[UInt8]] = []
  var kind = ImpactKind.integers
  /// How it is written; `nil`: small where the number of documents is even.
  var form: PostingsForm?

  /// Writes the lists to `folder`, which exists, and opens them.
  func open(in folder: String) throws -> ShardView {
    let writer = try PostingsWriter(
      directory: folder, documentCount: ids.count, impactKind: kind,
      form: form ?? (ids.count.isMultiple(of: 2) ? .small : .fast))
    for (term, list) in lists.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      try writer.begin(term: term)
      try writer.append(documents: list.map(\.document), impacts: list.map(\.impact), in: 0..<list.count)
      try writer.endTerm()
    }
    _ = try writer.commit()
    let order = ids.indices.sorted { ids[$0].lexicographicallyPrecedes(ids[$1]) }
    var ranks = [UInt32](repeating: 0, count: ids.count)
    for (rank, document) in order.enumerated() { ranks[document] = UInt32(rank) }
    let (idRanks, allIDs) = (ranks, ids)
    return ShardView(
      postings: try PostingsReader.open(folder), idRank: { idRanks[Int($0)] }, documentID: { allIDs[Int($0)] })
  }
}

/// A hit as a test compares it: every bit of the score.
struct ExpectedHit: Equatable {
  let id: [UInt8]
  let scoreBits: UInt32
}

enum EvaluationFixtures {
  static func withFolder<R>(_ body: (String) throws -> R) throws -> R {
    let folder = NSTemporaryDirectory() + "evaluation-\(UInt64.random(in: 0...UInt64.max))"
    try FileSystem.createDirectories(folder)
    defer { try? FileSystem.removeTree(folder) }
    return try body(folder)
  }

  /// The definition of a search, word for word, over the lists in memory.
  static func bruteForce(_ query: Query, _ shards: [TestShard], k: Int) -> [ExpectedHit] {
    var all: [(score: Float, id: [UInt8])] = []
    for shard in shards {
      var sums = [Double](repeating: 0, count: shard.ids.count)
      for term in query.terms {
        for posting in shard.lists[term.bytes] ?? [] {
          sums[Int(posting.document)] += Double(term.weight) * Double(posting.impact)
        }
      }
      for (document, sum) in sums.enumerated() where Float(sum) > 0 { all.append((Float(sum), shard.ids[document])) }
    }
    all.sort { $0.score != $1.score ? $0.score > $1.score : $0.id.lexicographicallyPrecedes($1.id) }
    return all.prefix(k).map { ExpectedHit(id: $0.id, scoreBits: $0.score.bitPattern) }
  }

  static func search(
    _ query: Query, _ shards: [TestShard], _ views: [ShardView], k: Int, _ strategy: any EvaluationStrategy.Type
  ) throws -> [ExpectedHit] {
    try TopK.search(query, shards: views, k: k, strategy: strategy).map {
      ExpectedHit(id: shards[$0.shard].ids[Int($0.document)], scoreBits: $0.score.bitPattern)
    }
  }
}
