import Kernels
import Search
import Shards
import Testing

@Suite struct ExactnessTests {
  /// How impacts, weights and lists of a random collection are drawn.
  private struct Shape {
    var kind: ImpactKind
    /// Few different impacts make many ties.
    var impacts: Int
    var negativeImpacts: Bool
    var negativeWeights: Bool
    /// Weights that no short binary fraction holds, of very different sizes.
    var roughWeights: Bool

    init(_ random: inout EvaluationRandom) {
      kind = random.below(2) == 0 ? .integers : .floats
      impacts = [1, 3, 255, 65535][random.below(4)]
      negativeImpacts = kind == .floats && random.below(4) == 0
      negativeWeights = random.below(4) == 0
      roughWeights = random.below(2) == 0
    }

    func impact(_ random: inout EvaluationRandom) -> Float {
      let integer = Float(1 + random.below(impacts))
      guard kind == .floats else { return integer }
      return integer * 0.37 * (negativeImpacts && random.below(3) == 0 ? -1 : 1)
    }

    func weight(_ random: inout EvaluationRandom) -> Float {
      var weight = roughWeights ? Float.random(in: 0...1, using: &random) : Float(1 + random.below(4))
      if roughWeights, random.below(4) == 0 {
        weight *= Float(sign: .plus, exponent: random.below(80) - 40, significand: 1)
      }
      return negativeWeights && random.below(3) == 0 ? -weight : weight
    }
  }

  private func shards(_ shape: Shape, _ random: inout EvaluationRandom) -> [TestShard] {
    var next = 0
    let terms = 1 + random.below(25)
    return (0..<1 + random.below(4)).map { _ in
      var shard = TestShard()
      shard.kind = shape.kind
      // One shard of several windows now and then.
      let count = random.below(random.below(3) == 0 ? 30_000 : 600)
      for _ in 0..<count {
        shard.ids.append(Array(String(UInt64(next) &* 0x9e37_79b9_7f4a_7c15, radix: 36).utf8))
        next += 1
      }
      for term in 0..<terms where random.below(8) != 0 {
        fill(&shard, [UInt8(term)], documents: count, shape, &random)
      }
      return shard
    }
  }

  private func fill(
    _ shard: inout TestShard, _ term: [UInt8], documents: Int, _ shape: Shape, _ random: inout EvaluationRandom
  ) {
    let largestGap = [2, 5, 40, 700, 9000][random.below(5)]
    var document = random.below(largestGap)
    // Impacts that differ from stretch to stretch, so that blocks have different maxima.
    var factor = shape.impact(&random)
    while document < documents {
      if random.below(300) == 0 { factor = shape.impact(&random) }
      let impact = random.below(2) == 0 ? min(factor, shape.impact(&random)) : shape.impact(&random)
      shard.lists[term, default: []].append((UInt32(document), impact))
      document += 1 + random.below(largestGap)
    }
  }

  @Test func everyStrategyEqualsBruteForceInIdsAndScoreBits() throws {
    for _ in 0..<60 {
      let seed = UInt64.random(in: 0...UInt64.max)
      var random = EvaluationRandom(seed: seed)
      try EvaluationFixtures.withFolder { folder in
        let shape = Shape(&random)
        let shards = shards(shape, &random)
        let views = try shards.enumerated().map { index, shard in
          try FileSystem.createDirectories("\(folder)/\(index)")
          return try shard.open(in: "\(folder)/\(index)")
        }
        for _ in 0..<12 {
          let query = try Query(
            (0..<1 + random.below(12)).map { _ in (term: [UInt8(random.below(26))], weight: shape.weight(&random)) })
          let k = [1, 2, 10, 100, 1000, 1_000_000][random.below(6)]
          let expected = EvaluationFixtures.bruteForce(query, shards, k: k)
          for strategy in EvaluationStrategies.all {
            let found = try EvaluationFixtures.search(query, shards, views, k: k, strategy)
            try #require(found == expected, "seed \(seed), strategy \(strategy.name), k \(k), \(query.terms)")
          }
        }
      }
    }
  }

  @Test(arguments: [ImpactKind.integers, .floats])
  func sumsAreThoseOfTheCanonicalOrderWhereRoundingShows(kind: ImpactKind) throws {
    try EvaluationFixtures.withFolder { folder in
      // 2^60 - 2^60 + 1 is 1 in this order and 0 in another; negative weights are never essential.
      var shard = TestShard()
      shard.kind = kind
      shard.ids = (0..<9000).map { Array("d\($0)".utf8) }
      for term in 0..<3 {
        shard.lists[[UInt8(term)]] = (0..<9000).filter { $0 % (term + 5) != 0 }.map { (UInt32($0), 3) }
      }
      let view = try shard.open(in: folder)
      for weights: [Float] in [
        [0x1p60, -0x1p60, 1], [1, 0x1p60, -0x1p60], [0x1p60, 1, -0x1p60], [-0x1p60, 1, 0x1p60],
      ] {
        let query = try Query(weights.enumerated().map { (term: [UInt8($0)], weight: $1) })
        for k in [1, 10, 8000] {
          let expected = EvaluationFixtures.bruteForce(query, [shard], k: k)
          for strategy in EvaluationStrategies.all {
            #expect(try EvaluationFixtures.search(query, [shard], [view], k: k, strategy) == expected)
          }
        }
      }
    }
  }

  @Test(arguments: [ImpactKind.integers, .floats])
  func sumsAreThoseOfTheCanonicalOrderWhereTermsAreLookedUp(kind: ImpactKind) throws {
    try EvaluationFixtures.withFolder { folder in
      // Small terms first: together they move 1 + 2^-24 above the middle of two floats. One by one behind it they are
      // rounded away. The best documents by id are in the second window, where only the last term is essential.
      var shard = TestShard()
      shard.kind = kind
      shard.ids = (0..<8000).map { Array("d\(10_000 - $0)".utf8) }
      for term in 0..<4 {
        shard.lists[[UInt8(term)]] = (0..<8000).filter { term == 3 || $0 % 3 == 0 }.map { (UInt32($0), 1) }
      }
      let view = try shard.open(in: folder)
      let weights: [Float] = [0x1.8p-54, 0x1.8p-54, 0x1p-24, 1]
      let query = try Query(weights.enumerated().map { (term: [UInt8($0)], weight: $1) })
      for k in [1, 10, 100] {
        let expected = EvaluationFixtures.bruteForce(query, [shard], k: k)
        #expect(expected.allSatisfy { $0.scoreBits == (Float(1).nextUp).bitPattern })
        for strategy in EvaluationStrategies.all {
          #expect(try EvaluationFixtures.search(query, [shard], [view], k: k, strategy) == expected)
        }
      }
    }
  }

  @Test func weightsOfVeryDifferentSizesAreExact() throws {
    try EvaluationFixtures.withFolder { folder in
      var shard = TestShard()
      shard.kind = .floats
      shard.ids = (0..<5000).map { Array("d\($0)".utf8) }
      var random = EvaluationRandom(seed: 1)
      for term in 0..<8 {
        shard.lists[[UInt8(term)]] = (0..<5000).map { (UInt32($0), Float(1 + random.below(3)) * 0.1) }
      }
      let view = try shard.open(in: folder)
      for k in [1, 10, 100] {
        let weights: [Float] = [0x1p50, 1e-7, 3e-3, 0x1p49, 7e-5, 11, 0.1, 0x1p48]
        let query = try Query(weights.enumerated().map { (term: [UInt8($0)], weight: $1) })
        let expected = EvaluationFixtures.bruteForce(query, [shard], k: k)
        for strategy in EvaluationStrategies.all {
          #expect(try EvaluationFixtures.search(query, [shard], [view], k: k, strategy) == expected)
        }
      }
    }
  }

  @Test func tiesAreInTheOrderOfIdsBytesAcrossShards() throws {
    try EvaluationFixtures.withFolder { folder in
      let ids = ["b", "a", "ü", "aa", "Z", "10", "9"]
      let shards = [ids[0..<3], ids[3..<7]].map { part in
        var shard = TestShard()
        shard.ids = part.map { Array($0.utf8) }
        shard.lists[[1]] = shard.ids.indices.map { (UInt32($0), 5) }
        return shard
      }
      let views = try shards.enumerated().map { index, shard in
        try FileSystem.createDirectories("\(folder)/\(index)")
        return try shard.open(in: "\(folder)/\(index)")
      }
      let query = try Query(terms: [[1]])
      for strategy in EvaluationStrategies.all {
        for k in 1...8 {
          let found = try EvaluationFixtures.search(query, shards, views, k: k, strategy)
          #expect(
            found.map { String(decoding: $0.id, as: UTF8.self) }
              == Array(["10", "9", "Z", "a", "aa", "b", "ü"].prefix(k)))
        }
      }
    }
  }

  @Test func nothingIsFoundWhereNothingScoresAboveZero() throws {
    try EvaluationFixtures.withFolder { folder in
      var shard = TestShard()
      shard.ids = [[1], [2]]
      shard.lists = [[1]: [(0, 3)], [2]: [(0, 3), (1, 1)]]
      let view = try shard.open(in: folder)
      let queries: [[(term: [UInt8], weight: Float)]] = [
        [], [([9], 1)], [([1], 0)], [([1], -1)], [([1], 1), ([2], -1)], [([1], 2), ([1], -2)],
        [([1], Float.leastNonzeroMagnitude / 2)],
      ]
      for terms in queries {
        for strategy in EvaluationStrategies.all {
          #expect(try TopK.search(Query(terms), shards: [view], k: 5, strategy: strategy) == [])
        }
      }
      #expect(try TopK.search(Query(terms: [[1]]), shards: [], k: 5) == [])
      #expect(try TopK.search(Query(terms: [[1]]), shards: [view], k: 0) == [])
    }
  }

  @Test func scoresAsSmallAndAsLargeAsAFloatAreRight() throws {
    try EvaluationFixtures.withFolder { folder in
      var shard = TestShard()
      shard.kind = .floats
      shard.ids = (0..<300).map { [UInt8($0 / 256), UInt8($0 % 256)] }
      let sizes: [Float] = [.leastNonzeroMagnitude, .leastNormalMagnitude, 1e-30, 1, .greatestFiniteMagnitude]
      for term in 0..<3 {
        shard.lists[[UInt8(term)]] = (0..<300).map { (UInt32($0), sizes[($0 * 7 + term) % 5]) }
      }
      let view = try shard.open(in: folder)
      for weight: Float in [.leastNonzeroMagnitude, 0.5, 1, 2, .greatestFiniteMagnitude] {
        let query = try Query((0..<3).map { (term: [UInt8($0)], weight: $0 == 1 ? 1 : weight) })
        for k in [1, 59, 60, 61, 299] {
          let expected = EvaluationFixtures.bruteForce(query, [shard], k: k)
          for strategy in EvaluationStrategies.all {
            #expect(try EvaluationFixtures.search(query, [shard], [view], k: k, strategy) == expected)
          }
        }
      }
    }
  }

  @Test func weightsOfEqualTermsAreAddedUpAndMustBeFinite() throws {
    let weighted: [(term: [UInt8], weight: Float)] = [([2], 1), ([1], 0.5), ([2], 2)]
    let query = try Query(weighted)
    #expect(query.terms.map(\.bytes) == [[1], [2]])
    #expect(query.terms.map(\.weight) == [0.5, 3])
    for weights: [Float] in [[.nan], [.infinity], [.greatestFiniteMagnitude, .greatestFiniteMagnitude]] {
      #expect(throws: Query.InvalidWeight.self) { try Query(weights.map { (term: [1], weight: $0) }) }
    }
  }
}
