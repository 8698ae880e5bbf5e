import Foundation
import Testing

/// What is damaged is found, named, and built again; what is worth nothing is not published.
@Suite struct RepairTests {
  private func digests(_ program: PipelineProgram, _ output: String = "out") throws -> String {
    try String(contentsOfFile: "\(program.folder)/\(output)/current/manifest.json", encoding: .utf8)
  }

  private func flipByte(_ path: String, at place: Int = 100) throws {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[place] ^= 0x10
    try bytes.write(to: URL(fileURLWithPath: path))
  }

  @Test func aDamagedIndexIsBuiltAgainFromTheChunks() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    #expect(try program.run(["run", program.job]).status == 0)
    let whole = try digests(program)
    let damages: [(String, (String) throws -> Void)] = [
      ("postings", { try FileManager.default.removeItem(atPath: $0) }),
      ("terms", { try Data().write(to: URL(fileURLWithPath: $0)) }),
      ("documents", { try flipByte($0) }),
    ]
    for (file, damage) in damages {
      try damage("\(program.folder)/out/current/shard-0000/\(file)")
      let plan = try program.run(["plan", program.job])
      #expect(plan.output.contains("an undamaged index"), "\(file): \(plan.output)")
      let run = try program.run(["run", program.job])
      #expect(run.status == 0, "\(file): \(run.errors)")
      #expect(try digests(program) == whole, "\(file)")
      let verified = try program.run(["verify", program.folder + "/out/current"])
      #expect(verified.status == 0, "\(file): \(verified.output)")
    }
  }

  @Test func aMissingFileOfAShardIsNamed() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    #expect(try program.run(["run", program.job]).status == 0)
    try FileManager.default.removeItem(atPath: program.folder + "/out/current/shard-0000/terms")
    let search = try program.run(["search", program.folder + "/out", "honey"])
    #expect(search.status == 65 && search.errors.contains("shard-0000/terms"), "\(search.errors)")
  }

  @Test func gcDropsWhatIsDamagedInTheWorkDirectory() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    #expect(try program.run(["run", program.job]).status == 0)
    let chunks = program.folder + "/out/work/chunks"
    let file = try #require(
      FileManager.default.enumerator(atPath: chunks)?.compactMap { $0 as? String }.sorted().last { $0.count > 60 })
    try flipByte("\(chunks)/\(file)")
    #expect(try program.run(["verify", program.folder + "/out/work"]).status == 65)
    #expect(try program.run(["gc", program.job]).status == 0)
    #expect(try program.run(["verify", program.folder + "/out/work"]).status == 0)
    #expect(try program.run(["run", program.job]).status == 0)
  }

  @Test func theTableOfModelsIsVerified() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let job = PipelineProgram.root + "/jobs/dense-exact.yaml"
    let output = program.folder + "/dense"
    #expect(try program.run(["run", job, "--output", output]).status == 0)
    #expect(try program.run(["verify", output]).status == 0)
    let size = try Data(contentsOf: URL(fileURLWithPath: output + "/models.json")).count
    for place in stride(from: 0, to: size, by: max(1, size / 40)) {
      try flipByte(output + "/models.json", at: place)
      let verified = try program.run(["verify", output])
      #expect(verified.status == 65 && verified.output.contains("models.json"), "byte \(place): \(verified.output)")
      try flipByte(output + "/models.json", at: place)
    }
  }

  @Test func anEmptyCollectionDoesNotReplaceAnIndex() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    #expect(try program.run(["run", program.job]).status == 0)
    let before = try digests(program)
    try Data().write(to: URL(fileURLWithPath: program.folder + "/collection.tsv"))
    let run = try program.run(["run", program.job])
    #expect(run.status == 65 && run.errors.contains("built but not published"), "\(run.errors)")
    #expect(try digests(program) == before)
  }

  @Test func judgementsOfOtherQueriesAreRefusedBeforeAnythingRuns() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let qrels = program.folder + "/other.qrels"
    try "no-such-query 0 bees-001 1\n".write(toFile: qrels, atomically: true, encoding: .utf8)
    for command in ["plan", "run"] {
      let output = "\(program.folder)/other"
      let result = try program.run([
        command, PipelineProgram.root + "/jobs/bm25.yaml", "--output", output, "--set", "evaluate.qrels=\(qrels)",
      ])
      #expect(result.status == 65 && result.errors.contains("other.qrels"), "\(command): \(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: output + "/generations"), "\(command)")
    }
  }

  @Test func quarantineIsToldBeforeAnEvaluationThatFindsNothing() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let collection = program.folder + "/bad.tsv"
    try "no tab here\nnor here\n".write(toFile: collection, atomically: true, encoding: .utf8)
    let run = try program.run([
      "run", PipelineProgram.root + "/jobs/bm25.yaml", "--output", program.folder + "/bad", "--set",
      "inputs.collection=\(collection)",
    ])
    #expect(run.status == 1 && run.errors.contains("quarantine"), "\(run.errors)")
  }
}
