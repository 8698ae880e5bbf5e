import Kernels
import Testing

@Suite struct ByteScanTests {
  @Test func searchesEqualTheObviousLoops() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SplitMix(state: seed)
    for _ in 0..<2000 {
      let alphabet: [UInt8] = [0x00, 0x09, 0x0A, 0x1F, 0x20, 0x22, 0x41, 0x5C, 0x7F, 0x80, 0xA2, 0xDC, 0xFF]
      let rare = Int.random(in: 1...20, using: &random)
      let bytes = (0..<Int.random(in: 0...80, using: &random)).map { _ in
        Int.random(in: 0..<rare, using: &random) == 0 ? alphabet.randomElement(using: &random)! : 0x61
      }
      let start = Int.random(in: 0...bytes.count, using: &random)
      let range = start..<Int.random(in: start...bytes.count, using: &random)
      #expect(ByteScan.first(0x0A, in: bytes, range) == bytes[range].firstIndex(of: 0x0A), "seed \(seed)")
      #expect(ByteScan.count(0x0A, in: bytes, range) == bytes[range].filter { $0 == 0x0A }.count, "seed \(seed)")
      let stop = bytes[range].firstIndex { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }
      #expect(ByteScan.firstJSONStop(in: bytes, range) == stop, "seed \(seed)")
    }
  }

  @Test func longCountsDoNotOverflow() {
    let bytes = [UInt8](repeating: 10, count: 100_003)
    #expect(ByteScan.count(10, in: bytes, 1..<100_002) == 100_001)
    #expect(ByteScan.count(11, in: bytes, 0..<100_003) == 0)
  }

  @Test func aRecordsHashDoesNotDependOnItsPieces() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SplitMix(state: seed)
    for length in 0..<100 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      var whole = RecordHash()
      whole.update(bytes, 0..<length)
      var pieces = RecordHash()
      var start = 0
      while start < length {
        let end = Int.random(in: start...length, using: &random)
        pieces.update(bytes, start..<end)
        start = end
      }
      #expect(whole.value == pieces.value, "seed \(seed)")
    }
  }

  /// Chunk borders of every index ever built depend on these numbers.
  @Test func theHashNeverChanges() {
    var hash = RecordHash()
    #expect(hash.value == expectedHashes[0])
    let text = Array("7067032\tthe quick brown fox\n".utf8)
    hash.update(text, 0..<text.count)
    #expect(hash.value == expectedHashes[1])
  }
}

private let expectedHashes: [UInt64] = [1872472444530647644, 14001152714207082725]

@Suite struct PathPatternTests {
  @Test func theFixedPartIsTheFoldersBeforeThePattern() {
    #expect(PathPattern.fixedPart(of: "a/b*/c") == "a/")
    #expect(PathPattern.fixedPart(of: "/x/y/*.tsv") == "/x/y/")
    #expect(PathPattern.fixedPart(of: "*.tsv") == "")
    #expect(PathPattern.isPattern("a[0-9]") && !PathPattern.isPattern("a{b}"))
  }
}
