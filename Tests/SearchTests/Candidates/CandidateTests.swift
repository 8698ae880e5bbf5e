import Search
import Testing

@Suite("Fusion and feedback follow their papers' numbers")
struct CandidateTests {
  private func hits(_ scores: [(UInt32, Float)]) -> [Hit] {
    scores.map { Hit(shard: 0, document: $0.0, score: $0.1) }
  }

  private func scores(_ hits: [Hit]) -> [UInt32: Float] {
    Dictionary(uniqueKeysWithValues: hits.map { ($0.document, $0.score) })
  }

  @Test("interpolation gives what a list lacks the least score of that list")
  func interpolation() {
    let fused = scores(
      Fusion.interpolation.fuse(hits([(1, 10), (2, 6)]), hits([(2, 0.9), (3, 0.5)]), weight: 0.1))
    #expect(fused.count == 3)
    #expect(abs(fused[1]! - 1.5) < 1e-6)
    #expect(abs(fused[2]! - 1.5) < 1e-6)
    #expect(abs(fused[3]! - 1.1) < 1e-6)
  }

  @Test("normalized scores are between -0.5 and 0.5")
  func normalized() {
    let fused = scores(
      Fusion.normalized.fuse(hits([(1, 10), (4, 8), (2, 6)]), hits([(2, 0.9), (3, 0.5)]), weight: 1))
    #expect(fused[1] == 0)
    #expect(fused[2] == 0)
    #expect(fused[3] == -1)
    #expect(fused[4] == -0.5)
    #expect(scores(Fusion.normalized.fuse(hits([(1, 3)]), [], weight: 1)) == [1: 0])
  }

  @Test("reciprocal ranks count from 1")
  func reciprocal() {
    let fused = scores(Fusion.reciprocal.fuse(hits([(1, 10), (2, 6)]), hits([(2, 0.9)]), weight: 1))
    #expect(fused[1] == Float(1.0 / 61))
    #expect(fused[2] == Float(1.0 / 62 + 1.0 / 61))
  }

  @Test("feedback moves dense queries by the mean and by Rocchio")
  func dense() {
    let found: [[Float]] = [[1, 0], [0, 1]]
    let mean: [Float] = [1, 1]
    #expect(Feedback(.average).dense([2, 2], found) == mean)
    let rocchio = Feedback(.rocchio).dense([1, 0], found)
    #expect(abs(rocchio[0] - 0.7) < 1e-6 && abs(rocchio[1] - 0.3) < 1e-6)
    let unchanged: [Float] = [1, 0]
    #expect(Feedback(.rocchio).dense(unchanged, []) == unchanged)
  }

  @Test("feedback brings sparse queries and documents to length 1 and keeps the heaviest terms")
  func sparse() throws {
    let query = try Query([(term: Array("a".utf8), weight: Float(2))])
    var feedback = Feedback(.rocchio)
    feedback.terms = 2
    let found: [[(term: [UInt8], impact: Float)]] = [[(Array("b".utf8), 30), (Array("c".utf8), 40)]]
    let changed = try feedback.sparse(query, found)
    #expect(changed.terms.map { String(decoding: $0.bytes, as: UTF8.self) } == ["a", "c"])
    #expect(abs(changed.terms[0].weight - 0.4) < 1e-6 && abs(changed.terms[1].weight - 0.48) < 1e-6)
  }

  @Test("equal scores come in the order of ids' bytes, across shards")
  func ties() {
    let hits = [
      Hit(shard: 0, document: 0, score: 1), Hit(shard: 1, document: 0, score: 1), Hit(shard: 0, document: 1, score: 2),
      Hit(shard: 1, document: 1, score: -1),
    ]
    let ids = [["z", "m"], ["a", "b"]]
    let best = HitOrder.best(hits, k: 3) { Array(ids[$0.shard][Int($0.document)].utf8) }
    #expect(best.map { ids[$0.shard][Int($0.document)] } == ["m", "a", "z"])
  }

  @Test("MaxSim adds the best product of each query vector")
  func maxSim() {
    let query: [Float] = [1, 0, 0, 1]
    #expect(MaxSim.score(query, [0.5, 0.25, -1, 0.75], dimension: 2) == 1.25)
    #expect(MaxSim.score(query, [], dimension: 2) == 0)
  }

  @Test("a collector keeps the best of any sign, ties by rank")
  func collector() {
    var collector = ScoreCollector(k: 3)
    for (document, score) in [Float(-5), -1, -3, -1, -1].enumerated() {
      collector.offer(UInt32(document), score) { 10 - $0 }
    }
    #expect(collector.hits(shard: 2).map(\.document) == [4, 3, 1])
    #expect(collector.threshold == -1)
  }
}
