import Foundation
import Search
import Testing

@Suite("Evaluation")
struct EvaluationTests {
  private let qrels = "1 0 a 1\n1 0 b 0\n2 0 a 1\n3 0 c -1\n"
  private let run = "9 Q0 a 1 1 t\n1 Q0 b 1 2 t\n1 Q0 a 2 1 t\n3 Q0 c 1 1 t\n"

  private func evaluation(complete: Bool = false) throws -> Evaluation {
    try Evaluation(
      qrels: .parse(Array(qrels.utf8), path: "q"), run: .parse(Array(run.utf8), path: "r"),
      measures: Measures.parse(list: "RR@10,nDCG"), complete: complete)
  }

  @Test("averages over the queries of both files, and says which are missing and extra")
  func intersection() throws {
    let evaluation = try evaluation()
    #expect(evaluation.perQuery.map(\.query) == [Array("1".utf8), Array("3".utf8)])
    #expect(evaluation.mean("RR@10") == 0.25)
    #expect(evaluation.mean("AP") == nil)
    #expect(evaluation.missing == [Array("2".utf8)])
    #expect(evaluation.extra == [Array("9".utf8)])
  }

  @Test("that is complete counts a judged query that the run lacks as 0")
  func complete() throws {
    let evaluation = try evaluation(complete: true)
    #expect(evaluation.perQuery.count == 3)
    #expect(abs(try #require(evaluation.mean("RR@10")) - 0.5 / 3) < 1e-15)
    #expect(evaluation.missing.count == 1)
  }

  @Test("of files that do not belong together is an error that shows an id of each")
  func unrelated() throws {
    let qrels = try Qrels.parse(Array("Q1 0 a 1\n".utf8), path: "q")
    let measures = try Measures.parse(list: "AP")
    #expect {
      try Evaluation(qrels: qrels, run: .parse(Array("1 a 1\n".utf8), path: "r"), measures: measures, complete: true)
    } throws: {
      "\($0)".contains("run has query \"1\", the judgements have query \"Q1\"")
    }
    #expect(throws: EvaluationError.self) { try Evaluation(qrels: qrels, run: Run(hits: [:]), measures: measures) }
  }

  @Test("prints a table that a newcomer can read")
  func table() throws {
    let expected = """
      query   RR@10    nDCG
      1      0.5000  0.6309
      3      0.0000  0.0000

      measure    mean
      RR@10    0.2500
      nDCG     0.3155

      Means over 2 queries.
      1 judged query is not in the run and left out of the means: 2
      1 query of the run has no judgements and is ignored: 9

      """
    let table = try evaluation().table(perQuery: true)
    #expect(table == expected)
    let complete = try evaluation(complete: true).table()
    #expect(complete.contains("1 judged query is not in the run and counted as 0: 2"))
    #expect(complete.hasPrefix("measure    mean\nRR@10    0.1667\n"))
  }

  @Test("is JSON with every digit")
  func json() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(evaluation()), as: UTF8.self)
    let values = #"{"RR@10":0.5,"nDCG":0.6309297535714575}"#
    let expected =
      #"{"complete":false,"extra":["9"],"mean":{"RR@10":0.25,"nDCG":0.31546487678572877},"missing":["2"],"#
      + #""perQuery":[{"query":"1","values":\#(values)},{"query":"3","values":{"RR@10":0,"nDCG":0}}],"queries":2}"#
    #expect(text == expected)
  }
}
