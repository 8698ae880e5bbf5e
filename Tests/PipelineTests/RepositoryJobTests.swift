import Foundation
import Testing

/// The job files that users find in the repository do what they say.
@Suite struct RepositoryJobTests {
  /// They name a collection that is not here.
  private static let needsCollection = ["beir.yaml", "trec.yaml", "debian.yaml"]

  @Test func everyJobOverTheSampleIsSearchedAndMeasured() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let jobs = PipelineProgram.root + "/jobs"
    let models = PipelineProgram.root + "/data/models"
    let names = try FileManager.default.contentsOfDirectory(atPath: jobs)
      .filter { $0.hasSuffix(".yaml") && !Self.needsCollection.contains($0) }
    #expect(names.count >= 8)
    // The embedded models stand for the real ones; what matters is that all stages fit together.
    let environment = ["SPLADE": models + "/tilde-tiny", "DENSE": models + "/dense-tiny", "PARTS": "32"]
    for name in names.sorted() {
      let output = "\(program.folder)/\(name)"
      let run = try program.run(["run", "\(jobs)/\(name)", "--output", output], environment: environment)
      #expect(run.status == 0, "\(name): \(run.errors)")
      #expect(run.output.contains("nDCG@10"), "\(name): \(run.output)")
      let search = try program.run(["search", output, "how bees find their way", "--k", "3"], environment: environment)
      #expect(search.status == 0 && search.output.hasPrefix("1. "), "\(name): \(search.errors)")
      #expect(try program.run(["verify", output]).status == 0, "\(name)")
    }
  }

  @Test func aJobWithoutItsCollectionNamesTheVariable() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    for (name, variable) in [("beir.yaml", "BEIR"), ("trec.yaml", "TREC")] {
      let plan = try program.run(["plan", "\(PipelineProgram.root)/jobs/\(name)"])
      #expect(plan.status == 78 && plan.errors.contains(variable), "\(plan.status) \(plan.errors)")
    }
  }
}
