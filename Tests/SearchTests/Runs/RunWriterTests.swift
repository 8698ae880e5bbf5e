import Foundation
import Search
import Testing

@Suite("Written runs")
struct RunWriterTests {
  private let query = Array("q1".utf8)

  private func hit(_ document: String, _ score: Double) -> RankedDocument {
    RankedDocument(document: Array(document.utf8), score: score)
  }

  private func text(_ format: RunFormat, _ hits: [RankedDocument]) throws -> String {
    String(decoding: try format.lines(query: query, hits: hits, path: "out"), as: UTF8.self)
  }

  @Test("have ties by ascending id, with scores that decrease")
  func ties() throws {
    let hits = [hit("d", 3), hit("c", 7), hit("a", 7), hit("b", 7)]
    #expect(
      try text(.trec(tag: "bigrain"), hits) == """
        q1 Q0 a 1 7.0 bigrain
        q1 Q0 b 2 6.9999995 bigrain
        q1 Q0 c 3 6.999999 bigrain
        q1 Q0 d 4 3.0 bigrain

        """)
    #expect(try text(.msmarco, hits) == "q1\ta\t1\nq1\tb\t2\nq1\tc\t3\nq1\td\t4\n")
  }

  @Test("are in our order after trec_eval sorts them, whatever the scores")
  func order() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededRandom(seed: seed)
    for round in 0..<400 {
      let hits = randomHits(round, &random)
      let expected = hits.sorted(by: RankedDocument.precedes).map(\.document)
      for format in [RunFormat.trec(tag: "t"), .msmarco] {
        let run = try Run.parse(format.lines(query: query, hits: hits, path: ""), path: "")
        #expect(run.ranking(of: query).map(\.document) == expected, "seed \(seed), round \(round)")
      }
    }
  }

  private func randomHits(_ round: Int, _ random: inout SeededRandom) -> [RankedDocument] {
    let ids = Set(
      (0..<Int.random(in: 1...200, using: &random)).map { _ in String(UInt16.random(in: 0...999, using: &random)) })
    var last = 1.0
    return ids.sorted().map { id in
      switch round % 5 {
      case 0: last = Double(Int.random(in: 0...3, using: &random))
      case 1: last = Double.random(in: -10...30, using: &random)
      case 2: last *= 1 + Double.random(in: -1e-7...1e-7, using: &random)
      case 3: last = Double(Float(bitPattern: UInt32.random(in: 0...0x7EFF_FFFF, using: &random)))
      default: last = Double.random(in: -1e-44...1e-44, using: &random)
      }
      return hit(id, last)
    }
  }

  @Test("print the fewest digits that C's (float) atof reads as the same score")
  func digits() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededRandom(seed: seed)
    for _ in 0..<20_000 {
      let score = Float(bitPattern: UInt32.random(in: 0...0x7EFF_FFFF, using: &random))
      let line = try text(.trec(tag: "t"), [hit("d", Double(score))])
      let printed = try #require(Double(line.split(separator: " ")[4]))
      #expect(Float(printed) == score, "seed \(seed)")
    }
    #expect(try text(.trec(tag: "t"), [hit("d", 0.1)]) == "q1 Q0 d 1 0.1 t\n")
  }

  @Test("refuse what a run file cannot hold")
  func refused() {
    let trec = RunFormat.trec(tag: "t")
    let bad: [(RunFormat, String, [RankedDocument])] = [
      (trec, "q", [hit("a b", 1)]), (trec, "q", [hit("", 1)]), (trec, "q 1", []), (trec, "", []), (trec, "#q", []),
      (.trec(tag: "my run"), "q", []), (.trec(tag: ""), "q", []), (trec, "q", [hit("a", .nan)]),
      (trec, "q", [hit("a", .infinity)]), (trec, "q", [hit("a", 1), hit("a", 2)]), (.msmarco, "q", [hit("a\t", 1)]),
    ]
    for (format, query, hits) in bad {
      #expect(throws: RetrievalFileError.self) { try format.lines(query: Array(query.utf8), hits: hits, path: "") }
    }
  }

  @Test("are at their path whole or not at all, and replace what was there")
  func files() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("run-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("a.run").path
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }

    try writeHalf(path)
    #expect(try names() == [])
    for tag in ["one", "two"] {
      var writer = try RunWriter(path: path, format: .trec(tag: tag))
      try writer.write(query: query, hits: [hit("a", 1)])
      try writer.write(query: Array("q2".utf8), hits: [])
      #expect(throws: RetrievalFileError.self) { try writer.write(query: Array("q1".utf8), hits: []) }
      try writer.finish()
      #expect(try names() == ["a.run"])
      #expect(try String(contentsOfFile: path, encoding: .utf8) == "q1 Q0 a 1 1.0 \(tag)\n")
    }
    #expect(try Run.read(path: path).ranking(of: query) == [hit("a", 1)])
  }

  private func writeHalf(_ path: String) throws {
    var writer = try RunWriter(path: path, format: .msmarco)
    try writer.write(query: query, hits: [hit("a", 1)])
  }

  @Test("that cannot be created say so", arguments: ["/nonexistent/a.run", "/dev/null", "/", "/dev/stdout"])
  func unwritable(path: String) {
    #expect {
      let writer = try RunWriter(path: path, format: .msmarco)
      _ = consume writer
    } throws: {
      ($0 as? RetrievalFileError)?.kind == .unwritable
    }
    #expect(path.hasPrefix("/nonexistent") || FileManager.default.fileExists(atPath: path))
  }
}
