import Corpus
import Foundation
import Testing

@Suite struct DocumentCollectionTests {
  @Test func patternsMatchInBytewiseOrderAndPathsAsListed() throws {
    let folder = try TemporaryFolder()
    for name in ["a/b.tsv", "a/B.tsv", "a/é.tsv", "a/b1.tsv", "z.tsv", "a/folder.tsv/x"] {
      try folder.write(name, "\(name)\ttext\n")
    }
    let (_, batch) = try everything(
      [folder.path("z.tsv"), folder.path("*/*.tsv"), folder.path("a/b*.tsv")], "msmarco-tsv")
    let ids = batch.documents.map { String(decoding: $0.id, as: UTF8.self) }
    #expect(ids == ["z.tsv", "a/B.tsv", "a/b.tsv", "a/b1.tsv", "a/é.tsv"])
    let splits = try everything([folder.path("z.tsv"), folder.path("*/*.tsv")], "msmarco-tsv").splits
    #expect(splits.map(\.name) == ["z.tsv", "a/B.tsv", "a/b.tsv", "a/b1.tsv", "a/é.tsv"])
  }

  @Test func namesDifferAndDoNotDependOnTheFolderAbove() throws {
    let folder = try TemporaryFolder()
    let paths = try ["x/a/c.tsv", "x/b/c.tsv", "d.tsv"].map { try folder.write($0, "\($0)\tt\n") }
    #expect(try everything(paths, "msmarco-tsv").splits.map(\.name) == ["a/c.tsv", "b/c.tsv", "d.tsv"])
  }

  @Test func whatIsNotThereIsAnErrorThatNamesIt() throws {
    let folder = try TemporaryFolder()
    try folder.write("x", "1\ta\n")
    func error(_ patterns: [String], _ format: String = "msmarco-tsv") -> CorpusError? {
      do {
        _ = try everything(patterns, format)
        return nil
      } catch {
        return error as? CorpusError
      }
    }
    for pattern in ["absent.tsv", "*.tsv", "absent/*"] {
      let found = error([folder.path("x"), folder.path(pattern)])
      #expect(found?.kind == .noInput && found?.description.contains(pattern) ?? false)
    }
    #expect(error([])?.kind == .noInput)
    #expect(error([folder.url.path(percentEncoded: false)])?.description.contains("is a directory") ?? false)
    #expect(error([folder.path("x")], "csv")?.description.contains("msmarco-tsv, beir-jsonl, trec-sgml") ?? false)
  }

  @Test func aPathThatExistsIsNoPattern() throws {
    let folder = try TemporaryFolder()
    try folder.write("a[1].tsv", "literal\tx\n")
    try folder.write("a1.tsv", "other\tx\n")
    let (_, batch) = try everything([folder.path("a[1].tsv")], "msmarco-tsv")
    #expect(batch.documents == [Document("literal", "x")])
  }

  @Test(arguments: ["gzip -c", "zstd -q -c", "lz4 -q -c"])
  func packedFilesGiveTheSameSplitsInAnyOrderOfReading(command: String) throws {
    let folder = try TemporaryFolder()
    let content = Array(lines(30_000, seed: 9).joined().utf8)
    // Twice, so that there are several members; the name promises nothing.
    guard let half = try folder.pack("half", content, with: command),
      let packed = try folder.pack("c.tsv", try Array(Data(contentsOf: URL(filePath: half))), with: "cat '\(half)' -")
    else { return }
    let format = try DocumentFormats.format(named: "msmarco-tsv")
    let plain = try DocumentCollection(patterns: [folder.write("plain", content + content)], format: format)
    let collection = try DocumentCollection(patterns: [packed], format: format)
    let splits = try collection.splits(targetBytes: 1 << 16)
    let expected = try plain.splits(targetBytes: 1 << 16)
    #expect(splits.map(\.fingerprint) == expected.map(\.fingerprint) && splits.map(\.offset) == expected.map(\.offset))
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SplitMix(state: seed)
    for (split, other) in zip(splits, expected).shuffled(using: &random).prefix(40) {
      #expect(try collection.read(split) == plain.read(other), "seed \(seed)")
    }
  }

  @Test func threadsReadOnePackedFileTogether() async throws {
    let folder = try TemporaryFolder()
    let content = Array(lines(30_000, seed: 10).joined().utf8)
    guard let path = try folder.pack("c.gz", content, with: "gzip -c") else { return }
    let collection = try DocumentCollection(patterns: [path], format: DocumentFormats.format(named: "msmarco-tsv"))
    let splits = try collection.splits(targetBytes: 1 << 15)
    let total = try await withThrowingTaskGroup(of: Int.self) { group in
      for split in splits { group.addTask { try collection.read(split).count } }
      return try await group.reduce(0, +)
    }
    #expect(total == content.count)
  }

  @Test func aFileThatChangedIsAnError() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("c.tsv", "1\ta\n2\tb\n")
    let collection = try DocumentCollection(patterns: [path], format: DocumentFormats.format(named: "msmarco-tsv"))
    let split = try #require(try collection.splits(targetBytes: 1000).first)
    for content in ["1\ta\n2\tc\n", "1\ta\n", ""] {
      try folder.write("c.tsv", content)
      let error = #expect(throws: CorpusError.self) { try collection.read(split) }
      #expect(error?.kind == .changed && error?.description.contains(path) ?? false)
    }
    try FileManager.default.removeItem(atPath: path)
    #expect(throws: CorpusError.self) { try collection.read(split) }
  }

  @Test func aDamagedPackedFileIsAnErrorWithPathAndOffset() throws {
    let folder = try TemporaryFolder()
    guard let path = try folder.pack("c.gz", Array(lines(5000, seed: 3).joined().utf8), with: "gzip -c") else { return }
    let content = try Array(Data(contentsOf: URL(filePath: path)))
    try folder.write("c.gz", Array(content[..<(content.count / 2)]))
    let error = #expect(throws: CorpusError.self) { try everything([path], "msmarco-tsv") }
    #expect(error?.kind == .badData)
    #expect(error?.description.hasPrefix("\(path): byte \(content.count / 2): ") ?? false, "\(error as Any)")
    try folder.write("empty.gz", "")
    #expect(throws: CorpusError.self) { try everything([folder.path("empty.gz")], "msmarco-tsv") }
  }

  @Test func errorsMentionANameThatPromisesOtherContent() throws {
    let folder = try TemporaryFolder()
    guard let path = try folder.pack("c.gz", Array(lines(5000, seed: 3).joined().utf8), with: "zstd -q -c") else {
      return
    }
    let content = try Array(Data(contentsOf: URL(filePath: path)))
    try folder.write("c.gz", Array(content.dropLast(100)))
    let error = #expect(throws: CorpusError.self) { try everything([path], "msmarco-tsv") }
    #expect(error?.description.contains("the name ends in .gz, but the content is zstd") ?? false)
  }

  @Test func progressMayStopThePass() throws {
    struct Stop: Error {}
    let folder = try TemporaryFolder()
    let path = try folder.write("c.tsv", lines(1000, seed: 1).joined())
    let collection = try DocumentCollection(patterns: [path], format: DocumentFormats.format(named: "msmarco-tsv"))
    #expect(throws: Stop.self) { try collection.splits(targetBytes: 1000) { _ in throw Stop() } }
  }

  @Test(arguments: [("msmarco-dl19", 30_005), ("vaswani", 11_429), ("cranfield", 1_400)])
  func realCollectionsAreReadWhole(name: String, count: Int) throws {
    guard let path = sharedData("\(name)/collection.tsv") else { return }
    let (_, batch) = try everything([path], "msmarco-tsv")
    #expect(batch.documents.count == count && batch.rejected.isEmpty)
  }
}

@Suite struct TopicsFileTests {
  @Test func topicsAreReadFromTSVAndFromBEIRsJSON() throws {
    let folder = try TemporaryFolder()
    let tsv = try folder.write("q.tsv", "2\tsecond\r\n10\tten \"x\"\n")
    #expect(
      try TopicsFile.read(tsv).map { String(decoding: $0.id + $0.text, as: UTF8.self) } == ["2second", "10ten \"x\""])
    let json = try folder.write("queries.jsonl", #"{"_id": "q1", "text": "caf\u00e9", "metadata": {}}"# + "\n")
    #expect(try TopicsFile.read(json) == [Topic(id: Array("q1".utf8), text: Array("café".utf8))])
  }

  @Test func topicsComeInPiecesOfWholeLinesInTheFilesOrder() throws {
    let folder = try TemporaryFolder()
    let text = String(repeating: "x", count: 100)
    let lines = (0..<30_000).map { "\($0)\t\(text)\n" }
    let path = try folder.write("long.tsv", lines.joined())
    var pieces: [[Topic]] = []
    try TopicsFile.read(path) { pieces.append($0) }
    #expect(pieces.count > 2 && pieces.allSatisfy { $0.count < 12_000 })
    let ids: [[UInt8]] = lines.indices.map { Array("\($0)".utf8) }
    #expect(pieces.joined().map(\.id) == ids)
    let bad = try folder.write("bad.tsv", lines.joined() + "no tab\n")
    let error = #expect(throws: CorpusError.self) { try TopicsFile.read(bad) }
    #expect(error?.description.contains("line 30001") ?? false)
  }

  @Test func aBadTopicIsAnErrorWithPathAndLine() throws {
    let folder = try TemporaryFolder()
    for (content, words) in [
      ("1\ta\nno tab\n", "line 2"), ("1\ta\n\n1\tb\n", "line 3"), ("", "no topic"), ("1\ta\tb\n", "line 1"),
    ] {
      let path = try folder.write("q.tsv", content)
      let error = #expect(throws: CorpusError.self) { try TopicsFile.read(path) }
      #expect(error?.kind == .badData)
      #expect(error?.description.hasPrefix(path) ?? false && error?.description.contains(words) ?? false)
    }
    let error = #expect(throws: CorpusError.self) { try TopicsFile.read(folder.path("none*")) }
    #expect(error?.kind == .noInput)
  }
}
