import Dataflow
import Foundation
import Stages
import Testing

@Suite struct StageTests {
  @Test func everyStageOfTheRegistryIsDescribedAndFitsAnother() {
    let types = StageRegistry.all
    #expect(Set(types.map(\.name)).count == types.count)
    let given = types.map(\.output)
    for type in types {
      #expect(!type.summary.isEmpty && type.version >= 1, "\(type.name)")
      #expect(type.isSource == type.ports.isEmpty, "\(type.name)")
      #expect(Set(type.ports.map(\.name)).count == type.ports.count, "\(type.name)")
      for port in type.ports {
        let fits =
          switch port.carries {
          case .stream(let records): records.contains { given.contains(.stream($0)) }
          case .artifact(let kind): given.contains(.artifact(kind))
          }
        #expect(fits, "nothing gives what `\(port.name)` of \(type.name) takes")
      }
    }
  }

  /// Document frequencies to idf by the rule of the idf file that inference-free retrievers use, over MS MARCO's
  /// 8,841,823 passages: each value of the file is that of a whole document frequency, within a float's precision.
  @Test func inverseFrequenciesFollowTheRuleOfMSMARCOsFile() throws {
    let shared = URL(fileURLWithPath: PipelineProgram.root).deletingLastPathComponent()
      .appendingPathComponent("shared/data/msmarco-idf.json")
    guard let data = try? Data(contentsOf: shared) else {
      print("skipped: no \(shared.lastPathComponent) here")
      return
    }
    let values = try JSONDecoder().decode([String: Double].self, from: data)
    let passages = 8_841_823
    var checked = 0
    var worst = 0.0
    for value in values.values where value != 1 {
      // The rule solved for the frequency: e^idf - 1 = (N - df + 0.5) / (df + 0.5).
      let ratio = exp(value) - 1
      let frequency = Int(((Double(passages) + 0.5 - 0.5 * ratio) / (ratio + 1)).rounded())
      worst = max(worst, abs(DocumentFrequencies.inverseFrequency(frequency, of: passages) - value))
      checked += 1
    }
    #expect(checked == 28_992)
    #expect(worst < 1e-6, "worst \(worst)")
  }

  @Test(arguments: [
    // systems.md 1.11: weight, COIL's ceil, half-even, half-up, truncation (to 255).
    (0.0097656, 1.0, 0.0, 0.0, 0.0), (0.048828125, 3, 2, 3, 2), (0.5, 26, 26, 26, 25), (1, 52, 51, 51, 51),
    (2.24410176, 115, 115, 115, 114), (5, 256, 256, 256, 255),
  ]) func roundingsAreThoseOfTheToolsTheyAreNamedAfter(row: (Double, Double, Double, Double, Double)) {
    #expect(Rounding.ceil.round(row.0 / 5 * 256) == row.1)
    #expect(Rounding.halfEven.round(row.0 / 5 * 256) == row.2)
    #expect(Rounding.halfUp.round(row.0 / 5 * 256) == row.3)
    #expect(Rounding.truncate.round(row.0 / 5 * 255) == row.4)
  }

  /// Half precision has no number above 65504: `inf / inf` is none at all.
  @Test func tildev2SaturatesWhatHalfPrecisionCannotHold() throws {
    #expect(Rounding.tildev2.level(100_000, maximum: 100_000, levels: 255) == .infinity)
    #expect(Rounding.tildev2.level(0, maximum: 0, levels: 255) == .infinity)
    #expect(Rounding.tildev2.level(1.5, maximum: 3, levels: 255) == 127)
    var parameters = QuantizeImpacts.Parameters()
    parameters.rounding = .tildev2
    for (bits, levels, maximum, key) in [
      (16, nil, 3, "bits"), (8, 65_535, 3, "levels"), (8, nil, 100_000, "maximum"), (8, nil, 1e-9, "maximum"),
      (15, 65_504, 65_504, nil),
    ] as [(Int, Int?, Double, String?)] {
      parameters.bits = bits
      parameters.levels = levels
      parameters.maximum = maximum
      #expect(parameters.problem?.key == key)
    }
  }

  @Test func weightsThatHalfPrecisionCannotHoldAreCountedOrRefused() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    try #"{"id": "a", "contents": "", "vector": {"bee": 100000.0, "wing": 1.5}}"#.appending("\n")
      .write(toFile: program.folder + "/vectors.jsonl", atomically: true, encoding: .utf8)
    for (name, impacts, status, words) in [
      ("given", "maximum: 3", 0, "saturated"), ("fitted", "range: range", 65, "the largest weight is 100000.0"),
    ] as [(String, String, Int32, String)] {
      let pipeline = """
        stages:
          vectors: {use: read.sparse, format: json-vectors, input: vectors.jsonl}
          documents: {use: identify, from: vectors}
          range: {use: fit.impactRange, from: vectors}
          impacts: {use: quantize.impacts, from: vectors, \(impacts), rounding: tildev2}
          index: {use: shard, sparse: impacts, documents: documents, text: false}
        """
      // Only the second uses the range.
      let used = pipeline.split(separator: "\n").filter { name == "fitted" || !$0.contains("  range: ") }
      try used.joined(separator: "\n")
        .write(toFile: program.folder + "/\(name).pipeline.yaml", atomically: true, encoding: .utf8)
      try "pipeline: \(name).pipeline.yaml\noutput: \(name)\n"
        .write(toFile: program.folder + "/\(name).yaml", atomically: true, encoding: .utf8)
      let result = try program.run(["run", program.folder + "/\(name).yaml"])
      #expect(result.status == status, "\(result.errors)")
      let manifest = program.folder + "/\(name)/current/manifest.json"
      let told = result.errors + result.output + ((try? String(contentsOfFile: manifest, encoding: .utf8)) ?? "")
      #expect(told.contains(words), "\(told)")
    }
  }

  @Test func everySampleJobThatNeedsNoDownloadPlans() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    for job in ["msmarco", "bm25", "bm25-exact", "bm25-passages"] {
      let path = PipelineProgram.root + "/jobs/\(job).yaml"
      let output = program.folder + "/" + job
      let run = try program.run(["run", path, "--output", output])
      #expect(run.status == 0, "\(run.errors)")
      #expect(try program.run(["verify", output]).status == 0)
      #expect(try program.run(["search", output, "bees", "--k", "1"]).output.hasPrefix("1. "))
    }
  }
}
