import Foundation
import Search
import Testing

@Suite("Judgement files")
struct QrelsTests {
  private func parse(_ text: String) throws -> Qrels {
    try Qrels.parse(Array(text.utf8), path: "q.qrels")
  }

  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test(
    "are read with any white space, CRLF, a byte order mark, no last newline, blank lines and comments",
    arguments: [
      "1 0 a 2\n1 0 b -1\n2 0 a 0\n", "1\t0\ta\t2\r\n1\t0\tb\t-1\r\n2\t0\ta\t0\r\n",
      "1  Q0\ta 2 \n\n 1 0 b -1\n2 0 a 0",
      "\u{FEFF}1 0 a 2\n# a comment\n1 0 b -1\n2 0 a 0\n", "1 a 2\n1 b -1\n2 a 0\n",
      "query-id\tcorpus-id\tscore\n1\ta\t2\n1\tb\t-1\n2\ta\t0\n",
      "query-id\tcorpus-id\tscore\r\n1\ta\t2\r\n1\tb\t-1\r\n2\ta\t0",
    ])
  func formats(text: String) throws {
    let expected = [bytes("1"): [bytes("a"): 2, bytes("b"): -1], bytes("2"): [bytes("a"): 0]]
    #expect(try parse(text).judgements == expected)
  }

  @Test("keep ids as bytes: composed and decomposed letters are two documents, U+0085 and U+2028 end no line")
  func ids() throws {
    let qrels = try parse("1 0 \u{E9} 1\n1 0 e\u{301} 2\n1 0 a\u{85}b\u{2028}c 3\n")
    #expect(qrels.judgements[bytes("1")]?.count == 3)
    #expect(qrels.grade(query: bytes("1"), document: bytes("a\u{85}b\u{2028}c")) == 3)
    #expect(try Qrels.parse([0x31, 0x20, 0xFF, 0x20, 0x31], path: "").grade(query: [0x31], document: [0xFF]) == 1)
  }

  @Test("of BEIR may have spaces and quotes in ids")
  func quotes() throws {
    let qrels = try parse("query-id\tcorpus-id\tscore\nq 1\t\"a \"\"b\"\"\"\t1\n#2\tc d\t1\n")
    #expect(qrels.grade(query: bytes("q 1"), document: bytes("a \"b\"")) == 1)
    #expect(qrels.grade(query: bytes("#2"), document: bytes("c d")) == 1)
  }

  @Test("may repeat a judgement, not change it")
  func repeated() throws {
    #expect(try parse("1 0 a 1\n1 0 a 1\n").judgements.count == 1)
    expectError("1 0 a 1\n2 0 a 2\n1 0 a 2\n", line: 3, "grade 2 for query \"1\", and 1")
  }

  @Test("that are malformed are refused with path and line", arguments: malformed)
  func errors(text: String, line: Int?, problem: String) {
    expectError(text, line: line, problem)
  }

  static let malformed: [(String, Int?, String)] = [
    ("1 0 a\n1 0 b c\n", 1, "grade \"a\""), ("1 0 a 1\n1 0 b\n", 2, "3 columns"), ("1 0 a 1 x\n", 1, "5 columns"),
    ("1 0 a 1.5\n", 1, "grade \"1.5\""), ("1 0 a 1\n\n1 0 b x\n", 3, "grade \"x\""), ("", nil, "no judgements"),
    ("\n \n", nil, "no judgements"), ("query-id\tcorpus-id\tscore\n", 1, "no judgements"), ("1\n", 1, "1 columns"),
    ("query-id\tcorpus-id\tscore\n1\ta b\n", 2, "2 columns"), ("query-id\tcorpus-id\tscore\n\ta\t1\n", 2, "none empty"),
    ("1 0 a 99999999999999999999\n", 1, "not an integer"),
  ]

  private func expectError(_ text: String, line: Int?, _ problem: String) {
    #expect {
      try parse(text)
    } throws: { error in
      guard let error = error as? RetrievalFileError else { return false }
      #expect(error.description.contains(problem), "\(error)")
      return error.kind == .malformed && error.path == "q.qrels" && error.line == line
    }
  }

  @Test("that are missing or a folder say so")
  func missing() {
    #expect { try Qrels.read(path: "/nonexistent/q") } throws: { ($0 as? RetrievalFileError)?.kind == .missing }
    #expect { try Qrels.read(path: "/") } throws: { ($0 as? RetrievalFileError)?.kind == .unreadable }
  }
}
