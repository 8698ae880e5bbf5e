import Codecs
import Kernels
import Search
import Shards
import Testing

@Suite struct DamageTests {
  /// Two lists of several blocks over several windows, twenty lists of one block, and queries that read all of them.
  private func small(_ kind: ImpactKind, _ form: PostingsForm) -> TestShard {
    var shard = TestShard()
    shard.form = form
    shard.kind = kind
    shard.ids = (0..<40_000).map { Self.id(UInt32($0)) }
    let scale: Float = kind == .integers ? 1 : 0.25
    func list(_ count: Int, step: Int, from first: Int) -> [(document: UInt32, impact: Float)] {
      (0..<count).map { index in
        // The best documents are in the last blocks, so that a wrong maximum would hide them.
        let impact = Float(1 + index * 31 % 97 + index / 2)
        return (UInt32(first + index * step), impact * scale)
      }
    }
    shard.lists[Array("common".utf8)] = list(300, step: 130, from: 0)
    shard.lists[Array("often".utf8)] = list(150, step: 260, from: 0)
    for term in 0..<20 { shard.lists[Array("rare\(term)".utf8)] = list(1 + term % 3, step: 11, from: term) }
    return shard
  }

  /// In the order of documents, so that opening a shard need not sort.
  private static func id(_ document: UInt32) -> [UInt8] { Array("id\(100_000 + document)".utf8) }

  private func open(_ folder: String) throws -> ShardView {
    ShardView(postings: try PostingsReader.open(folder), idRank: { $0 }, documentID: { Self.id($0) })
  }

  private func queries(_ shard: TestShard) throws -> [Query] {
    let all = shard.lists.keys.sorted { $0.lexicographicallyPrecedes($1) }
    return try [
      Query(terms: all), Query(terms: [Array("common".utf8), Array("often".utf8)]), Query(terms: [all[7], all[19]]),
      Query(terms: [Array("absent".utf8), Array("rare7".utf8)]),
    ]
  }

  private func results(_ queries: [Query], _ view: ShardView) throws -> [[Hit]] {
    try queries.flatMap { query in
      try EvaluationStrategies.all.flatMap { strategy in
        try [3, 1000].map { try TopK.search(query, shards: [view], k: $0, strategy: strategy) }
      }
    }
  }

  @Test(arguments: [(ImpactKind.integers, PostingsForm.fast), (.integers, .small), (.floats, .fast)])
  func everyFlippedBitIsFoundByVerifyAndSearchIsExactOrSaysSo(kind: ImpactKind, form: PostingsForm) throws {
    try EvaluationFixtures.withFolder { folder in
      let shard = small(kind, form)
      let queries = try queries(shard)
      let expected = try results(queries, shard.open(in: folder))
      var silent = 0
      for name in try FileSystem.list(folder) {
        let path = folder + "/" + name
        let good = try PositionalFile(path).read(at: 0, count: 1 << 20)
        for bit in 0..<(good.count * 8) {
          var damaged = good
          damaged[bit / 8] ^= 1 << UInt8(bit % 8)
          try FileAppender(creating: path).write(damaged)
          #expect(throws: FormatError.self, "\(name), bit \(bit)") {
            try Envelope(path: path, access: .positional).verify()
          }
          do {
            try #require(try results(queries, open(folder)) == expected, "\(name), bit \(bit)")
            silent += 1
          } catch { #expect(error is FormatError, "\(name), bit \(bit): \(error)") }
        }
        try FileAppender(creating: path).write(good)
      }
      // Only padding may change without a search noticing.
      #expect(silent < 8 * 3 * 8 * 64)
    }
  }

  @Test(arguments: PostingsForm.allCases) func everyTruncationIsAnError(form: PostingsForm) throws {
    try EvaluationFixtures.withFolder { folder in
      let shard = small(.integers, form)
      _ = try shard.open(in: folder)
      for name in try FileSystem.list(folder) {
        let path = folder + "/" + name
        let good = try PositionalFile(path).read(at: 0, count: 1 << 20)
        for length in 0..<good.count {
          try FileAppender(creating: path).write(Array(good[0..<length]))
          #expect(throws: FormatError.self, "\(name), \(length) bytes") { try PostingsReader.open(folder) }
        }
        try FileAppender(creating: path).write(good)
      }
    }
  }

  /// Bytes whose checksums are right and whose content is not: what a defect of a writer would give.
  @Test(arguments: PostingsForm.allCases)
  func wrongContentUnderRightChecksumsNeverCrashes(form: PostingsForm) throws {
    try EvaluationFixtures.withFolder { folder in
      let shard = small(.integers, form)
      let queries = try queries(shard)
      _ = try shard.open(in: folder)
      let seed = UInt64.random(in: 0...UInt64.max)
      var random = EvaluationRandom(seed: seed)
      for name in try FileSystem.list(folder) {
        let path = folder + "/" + name
        let good = try PositionalFile(path).read(at: 0, count: 1 << 20)
        for _ in 0..<300 {
          try rewrite(path, good, &random)
          do {
            _ = try results(queries, open(folder))
          } catch {
            #expect(error is FormatError, "seed \(seed), \(name): \(error)")
          }
        }
        try FileAppender(creating: path).write(good)
      }
    }
  }

  /// Writes the sections of `good` again with random bytes changed, so that the envelope is valid.
  private func rewrite(_ path: String, _ good: [UInt8], _ random: inout EvaluationRandom) throws {
    try FileAppender(creating: path).write(good)
    let envelope = try Envelope(path: path, access: .positional)
    let sections = try envelope.sections.map { ($0.name, try envelope.section($0.name).bytes) }
    let writer = try EnvelopeWriter(path: path, kind: FileKind(envelope.kind, versions: 1...envelope.version))
    for (name, bytes) in sections {
      var changed = bytes
      for _ in 0..<random.below(3) where !changed.isEmpty {
        changed[random.below(changed.count)] = UInt8(random.below(256))
      }
      try writer.section(name, changed)
    }
    _ = try writer.commit()
  }
}
