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
