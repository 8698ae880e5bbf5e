import Codecs
import Kernels
import Shards
import Testing

@Suite struct MergeTests {
  /// Random runs with mappings of one sort, and what their merge must hold.
  private struct Collection {
    var inputs: [PostingMerge.Input] = []
    var truth: Inversion = [:]
    var documentCount = 0
  }

  private enum Numbering: CaseIterable { case consecutive, withDrops, reordered, interleaved }

  private func make(
    _ numbering: Numbering, runs: Int, kind: ImpactKind, folder: String, _ random: inout PostingRandom
  ) throws -> Collection {
    let vocabulary = PostingFixtures.vocabulary(1 + random.below(60), &random)
    let sizes = (0..<runs).map { _ in random.below(40) }
    var numbers = tables(numbering, sizes: sizes, &random)
    var collection = Collection()
    collection.documentCount = 1 + (numbers.joined().filter { $0 != DocumentMapping.dropped }.max().map(Int.init) ?? -1)
    for run in 0..<runs {
      let (chunk, truth) = try PostingFixtures.chunk(
        documents: sizes[run], vocabulary: vocabulary, kind: kind, density: 0.8, &random)
      let path = "\(folder)/run-\(run)"
      try chunk.writeRun(to: path)
      let isShift = numbering == .consecutive && !numbers[run].isEmpty
      let mapping: DocumentMapping = isShift ? .shifted(by: numbers[run][0]) : .table(numbers[run])
      collection.inputs.append(.init(path: path, mapping: mapping))
      for (term, postings) in truth {
        collection.truth[term, default: []] += postings.compactMap {
          let document = numbers[run][Int($0.document)]
          return document == DocumentMapping.dropped ? nil : Posting(document: document, impact: $0.impact)
        }
      }
    }
    numbers.removeAll()
    collection.truth = collection.truth.filter { !$0.value.isEmpty }.mapValues { $0.sorted() }
    return collection
  }

  private func tables(_ numbering: Numbering, sizes: [Int], _ random: inout PostingRandom) -> [[UInt32]] {
    let total = sizes.reduce(0, +)
    var order = (0..<UInt32(total)).map { $0 }
    switch numbering {
    case .consecutive: break
    case .withDrops, .interleaved:
      var next: UInt32 = 0
      for index in 0..<total {
        order[index] = random.below(4) == 0 ? DocumentMapping.dropped : next
        if order[index] != DocumentMapping.dropped { next += 1 }
      }
    case .reordered: order.shuffle(using: &random)
    }
    var start = 0
    var tables = sizes.map { size in
      defer { start += size }
      return Array(order[start..<start + size])
    }
    if numbering == .interleaved { tables.shuffle(using: &random) }
    // A shuffled table belongs to a run of another size.
    if numbering == .interleaved { tables = fit(tables, to: sizes) }
    return tables
  }

  private func fit(_ tables: [[UInt32]], to sizes: [Int]) -> [[UInt32]] {
    var all = tables.flatMap { $0 }[...]
    return sizes.map { size in
      defer { all = all.dropFirst(size) }
      return Array(all.prefix(size))
    }
  }

  @Test func aMergeIsTheInversionOfAllRunsWhateverTheNumberOfRunsAndPasses() throws {
    try PostingFixtures.seeds(40) { random in
      try PostingFixtures.withFolder { folder in
        let kind: ImpactKind = random.below(2) == 0 ? .integers : .floats
        let numbering = Numbering.allCases[random.below(4)]
        let collection = try make(numbering, runs: random.below(14), kind: kind, folder: folder, &random)
        try FileSystem.createDirectories(folder + "/temporary")
        let memory = (1 + random.below(5)) * PostingMerge.bytesPerRun
        let merge = try PostingMerge(
          inputs: collection.inputs, impactKind: kind, memory: memory, temporaryFolder: folder + "/temporary")
        try FileSystem.createDirectories(folder + "/shard")
        let writer = try PostingsWriter(
          directory: folder + "/shard", documentCount: collection.documentCount, impactKind: kind,
          form: random.below(2) == 0 ? .small : .fast)
        try merge.write(to: writer)
        _ = try writer.commit()
        try PostingFixtures.check(PostingsReader.open(folder + "/shard"), equals: collection.truth)
        #expect(try FileSystem.list(folder + "/temporary") == [])
      }
    }
  }

  @Test(arguments: PostingsForm.allCases) func theNumberOfPassesDoesNotChangeTheBytes(form: PostingsForm) throws {
    try PostingFixtures.withFolder { folder in
      var random = PostingRandom(seed: 3)
      let collection = try make(.consecutive, runs: 30, kind: .integers, folder: folder, &random)
      var seals: Set<[FileSeal]> = []
      for runs in [2, 3, 7, 29, 30, 100] {
        let merge = try PostingMerge(
          inputs: collection.inputs, impactKind: .integers, memory: runs * PostingMerge.bytesPerRun,
          temporaryFolder: folder)
        let writer = try PostingsWriter(
          directory: folder, documentCount: collection.documentCount, impactKind: .integers, form: form)
        try merge.write(to: writer)
        seals.insert(try writer.commit().map(\.seal))
      }
      #expect(seals.count == 1)
    }
  }

  @Test func anEndedMergeLeavesNoIntermediateRun() throws {
    try PostingFixtures.withFolder { folder in
      var random = PostingRandom(seed: 5)
      let collection = try make(.consecutive, runs: 9, kind: .integers, folder: folder, &random)
      let damaged = collection.inputs[6].path
      let bytes = try PositionalFile(damaged).read(at: 0, count: 1 << 20)
      try #require(bytes.count > 100)
      try FileSystem.createDirectories(folder + "/temporary")
      let merge = try PostingMerge(
        inputs: collection.inputs, impactKind: .integers, memory: 0, temporaryFolder: folder + "/temporary")
      var changed = bytes
      changed[80] ^= 1
      try FileAppender(creating: damaged).write(changed)
      try FileSystem.createDirectories(folder + "/shard")
      let writer = try PostingsWriter(
        directory: folder + "/shard", documentCount: collection.documentCount, impactKind: .integers)
      #expect(throws: FormatError.self) { try merge.write(to: writer) }
      #expect(try FileSystem.list(folder + "/temporary") == [])
    }
  }

  @Test func runsOfAnotherKindOrSizeAndNumbersGivenTwiceAreErrors() throws {
    try PostingFixtures.withFolder { folder in
      let chunk = try ChunkPostings(
        vocabulary: ByteStrings([[1]]), offsets: [0, 1, 2], terms: [0, 0], impacts: .integers([1, 1]))
      let path = folder + "/run"
      try chunk.writeRun(to: path)
      func merge(_ mapping: DocumentMapping, _ kind: ImpactKind) throws {
        let merge = try PostingMerge(
          inputs: [.init(path: path, mapping: mapping)], impactKind: kind, memory: 1 << 20, temporaryFolder: folder)
        try merge.write(to: PostingsWriter(directory: folder, documentCount: 2, impactKind: kind))
      }
      try merge(.table([1, 0]), .integers)
      #expect(throws: PostingsError.self) { try merge(.shifted(by: 0), .floats) }
      #expect(throws: PostingsError.self) { try merge(.table([0]), .integers) }
      #expect(throws: PostingsError.self) { try merge(.table([1, 1]), .integers) }
      #expect(throws: PostingsError.self) { try merge(.shifted(by: 1), .integers) }
      #expect(throws: PostingsError.self) { try merge(.shifted(by: UInt32.max - 2), .integers) }
    }
  }
}
