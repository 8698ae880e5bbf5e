import Codecs
import Kernels
import Shards
import Testing

@Suite struct RunTests {
  private func readRun(_ path: String) throws -> Inversion {
    var all: Inversion = [:]
    var cursor = try RunCursor(path: path)
    while try cursor.next() {
      for index in 0..<cursor.count {
        all[cursor.term, default: []].append(
          Posting(document: cursor.documents[index], impact: cursor.impacts[index]))
      }
    }
    #expect(cursor.postingCount == all.values.reduce(0) { $0 + $1.count })
    return all
  }

  @Test func aRunHoldsItsChunkSortedWithoutZeroImpacts() throws {
    try PostingFixtures.seeds(20) { random in
      try PostingFixtures.withFolder { folder in
        let kind: ImpactKind = random.below(2) == 0 ? .integers : .floats
        let vocabulary = PostingFixtures.vocabulary(1 + random.below(200), &random)
        let (chunk, truth) = try PostingFixtures.chunk(
          documents: random.below(400), vocabulary: vocabulary, kind: kind, density: 0.7, &random)
        try chunk.writeRun(to: folder + "/run")
        try #require(try readRun(folder + "/run") == truth)
      }
    }
  }

  @Test func aListLongerThanAPieceAndABlockIsContinued() throws {
    try PostingFixtures.withFolder { folder in
      let count = 50_000
      let terms = [UInt32](repeating: 0, count: count)
      let impacts = (0..<count).map { Float($0) / 3 }
      let chunk = try ChunkPostings(
        vocabulary: ByteStrings([Array("a".utf8)]), offsets: (0...UInt32(count)).map { $0 }, terms: terms,
        impacts: .floats(impacts))
      try chunk.writeRun(to: folder + "/run")
      let postings = try #require(try readRun(folder + "/run")[Array("a".utf8)])
      #expect(postings.map(\.impact) == impacts)
      #expect(postings.map(\.document) == (0..<UInt32(count)).map { $0 })
    }
  }

  @Test func theSameChunkGivesTheSameBytes() throws {
    try PostingFixtures.withFolder { folder in
      var random = PostingRandom(seed: 7)
      let vocabulary = PostingFixtures.vocabulary(50, &random)
      let (chunk, _) = try PostingFixtures.chunk(
        documents: 300, vocabulary: vocabulary, kind: .integers, density: 0.7, &random)
      let first = try chunk.writeRun(to: folder + "/one")
      #expect(try chunk.writeRun(to: folder + "/two", attempt: 3) == first)
    }
  }

  @Test func aTermTwiceInADocumentIsAnError() throws {
    try PostingFixtures.withFolder { folder in
      let chunk = try ChunkPostings(
        vocabulary: ByteStrings([[1], [2]]), offsets: [0, 3], terms: [0, 1, 0], impacts: .integers([1, 1, 1]))
      #expect(throws: PostingsError.self) { try chunk.writeRun(to: folder + "/run") }
      let vocabulary = try ChunkPostings(
        vocabulary: ByteStrings([[1], [1]]), offsets: [0, 2], terms: [0, 1], impacts: .integers([1, 1]))
      #expect(throws: PostingsError.self) { try vocabulary.writeRun(to: folder + "/run") }
      let infinite = try ChunkPostings(
        vocabulary: ByteStrings([[1]]), offsets: [0, 1], terms: [0], impacts: .floats([.infinity]))
      #expect(throws: PostingsError.self) { try infinite.writeRun(to: folder + "/run") }
      #expect(try FileSystem.list(folder) == [])
    }
  }

  @Test func arraysThatDoNotFitTogetherAreErrors() {
    func make(_ offsets: [UInt32], _ terms: [UInt32], _ impacts: [UInt16]) throws -> ChunkPostings {
      try ChunkPostings(vocabulary: ByteStrings([[1]]), offsets: offsets, terms: terms, impacts: .integers(impacts))
    }
    #expect(throws: PostingsError.self) { try make([], [], []) }
    #expect(throws: PostingsError.self) { try make([0, 1], [], []) }
    #expect(throws: PostingsError.self) { try make([0, 2, 1], [0], [1]) }
    #expect(throws: PostingsError.self) { try make([0, 1], [1], [1]) }
    #expect(throws: PostingsError.self) { try make([0, 1], [0], []) }
  }

  @Test func everyFlippedBitOfARunIsAnErrorOrChangesNothing() throws {
    try PostingFixtures.withFolder { folder in
      var random = PostingRandom(seed: 11)
      let vocabulary = PostingFixtures.vocabulary(20, &random)
      let (chunk, truth) = try PostingFixtures.chunk(
        documents: 40, vocabulary: vocabulary, kind: .integers, density: 0.7, &random)
      let path = folder + "/run"
      try chunk.writeRun(to: path)
      let good = try PositionalFile(path).read(at: 0, count: 1 << 20)
      for bit in 0..<(good.count * 8) {
        var damaged = good
        damaged[bit / 8] ^= 1 << UInt8(bit % 8)
        try FileAppender(creating: path).write(damaged)
        do { #expect(try readRun(path) == truth) } catch { #expect(error is FormatError) }
      }
    }
  }
}
