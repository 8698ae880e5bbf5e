import Search
import Testing

@Suite("Run files")
struct RunReaderTests {
  private func parse(_ text: String) throws -> Run {
    try Run.parse(Array(text.utf8), path: "r.run")
  }

  private func ids(_ hits: [RankedDocument]) -> String {
    hits.map { String(decoding: $0.document, as: UTF8.self) }.joined(separator: " ")
  }

  @Test("are ranked as trec_eval does: by 32-bit score, then by id descending, whatever the rank says")
  func order() throws {
    let run = try parse(
      "1 Q0 a 1 1.0 t\n2 Q0 x 1 3 t\n1 Q0 c 2 1.00000000001 t\n1 Q0 b 3 1 t\n1 Q0 10 4 1e0 t\n1 Q0 d 9 2 t\n")
    #expect(ids(run.ranking(of: Array("1".utf8))) == "d c b a 10")
    #expect(run.queries == [Array("1".utf8), Array("2".utf8)])
    #expect(run.ranking(of: Array("3".utf8)).isEmpty)
  }

  @Test(
    "of MS MARCO are ranked by their rank", arguments: ["7\tb\t1\n7\tc\t10\n7\ta\t2\n", "7 c 10\r\n7 a 2\r\n7 b 1"])
  func msmarco(text: String) throws {
    #expect(try ids(parse(text).ranking(of: Array("7".utf8))) == "b a c")
  }

  @Test("may be empty, have infinite scores, and negative zero ties with zero")
  func extremes() throws {
    #expect(try parse("").queries.isEmpty)
    let run = try parse("1 Q0 a 1 0 t\n1 Q0 b 2 -0.0 t\n1 Q0 c 3 -inf t\n1 Q0 d 4 1e300 t\n1 Q0 e 4 inf t\n")
    #expect(ids(run.ranking(of: Array("1".utf8))) == "e d b a c")
  }

  @Test("that are malformed are refused with path and line", arguments: malformed)
  func errors(text: String, line: Int, problem: String) {
    #expect {
      try parse(text)
    } throws: { error in
      guard let error = error as? RetrievalFileError else { return false }
      #expect(error.description.contains(problem), "\(error)")
      #expect(error.description.hasPrefix("r.run:\(line): "))
      return error.kind == .malformed && error.line == line
    }
  }

  static let malformed: [(String, Int, String)] = [
    ("1 Q0 a 1 1\n", 1, "5 columns"), ("1 Q0 a 1 1 t\n1 b 2\n", 2, "3 columns"), ("1 Q0 a b 1 2 t\n", 1, "7 columns"),
    ("1 Q0 a 1 x t\n", 1, "score \"x\""), ("1 Q0 a 1 nan t\n", 1, "score \"nan\""), ("1 a 1.5\n", 1, "rank \"1.5\""),
    ("1 a -1\n", 1, "rank \"-1\""), ("1 a 1\n1 b 1\n", 2, "rank 1 twice"), ("1 a 99999999\n", 1, "rank"),
    (
      "1 Q0 a 1 3 t\n2 Q0 a 1 3 t\n\n1 Q0 b 1 3 t\n1 Q0 a 2 2 t\n", 5,
      "document \"a\" twice for query \"1\"; it is already in line 1"
    ),
  ]
}
