import Foundation
import Search
import Testing

/// What Golden/measures.py writes: judgements, a run, and trec_eval's values.
struct MeasureCases: Decodable {
  var measures: [String]
  var cases: [Case]

  struct Case: Decodable {
    var qrels: String
    var run: String
    /// By query, in the order of `measures`.
    var values: [String: [Double]]
  }

  static func read(_ url: URL) throws -> MeasureCases {
    try JSONDecoder().decode(MeasureCases.self, from: Data(contentsOf: url))
  }
}

/// A file of real judgements that `measures.py --shared` wrote, if there is one.
let realCases = ProcessInfo.processInfo.environment["BIGRAIN_MEASURES"]

@Suite("Measures equal trec_eval's")
struct GoldenMeasureTests {
  @Test("on hundreds of random runs with ties, negative grades and missing queries")
  func randomRuns() throws {
    let url = try #require(Bundle.module.url(forResource: "measures", withExtension: "json", subdirectory: "Golden"))
    let golden = try MeasureCases.read(url)
    #expect(golden.cases.count >= 300)
    try check(golden)
  }

  @Test("on real judgements", .enabled(if: realCases != nil, "run Golden/measures.py --shared; see its first lines"))
  func realJudgements() throws {
    try check(MeasureCases.read(URL(fileURLWithPath: try #require(realCases))))
  }

  private func check(_ golden: MeasureCases) throws {
    let measures = try golden.measures.map { try Measures.parse($0) }
    for (number, entry) in golden.cases.enumerated() {
      let qrels = try Qrels.parse(Array(entry.qrels.utf8), path: "case \(number)")
      let run = try Run.parse(Array(entry.run.utf8), path: "case \(number)")
      try check(Evaluation(qrels: qrels, run: run, measures: measures), entry.values, golden.measures, number)
    }
  }

  private func check(_ evaluation: Evaluation, _ expected: [String: [Double]], _ names: [String], _ number: Int) throws
  {
    #expect(Set(evaluation.perQuery.map { String(decoding: $0.query, as: UTF8.self) }) == Set(expected.keys))
    for entry in evaluation.perQuery {
      let query = String(decoding: entry.query, as: UTF8.self)
      for (index, value) in try #require(expected[query]).enumerated() where abs(value - entry.values[index]) > 1e-8 {
        Issue.record("case \(number), query \(query), \(names[index]): \(entry.values[index]), trec_eval \(value)")
      }
    }
    for (index, mean) in evaluation.mean.enumerated() {
      let reference = expected.values.reduce(0) { $0 + $1[index] } / Double(expected.count)
      if abs(mean - reference) > 1e-8 { Issue.record("case \(number), mean \(names[index]): \(mean), \(reference)") }
    }
  }
}
