import Foundation
import Testing

@Suite struct DeterminismTests {
  @Test func theIndexDoesNotDependOnWorkersPlaceOrSurroundings() throws {
    let program = try PipelineProgram(copies: 2)
    defer { program.remove() }
    #expect(try program.run(["run", program.job, "--workers", "1"]).status == 0)
    let expected = try program.index()
    #expect(expected.count == 2 * 4 + 2)
    for workers in [2, 4, 8] {
      let output = program.folder + "/w\(workers)"
      #expect(try program.run(["run", program.job, "--workers", "\(workers)", "--output", output]).status == 0)
      #expect(try program.index("w\(workers)") == expected)
    }
    let elsewhere = try program.run(
      ["run", "job.yaml", "--output", "other"],
      environment: ["TZ": "Asia/Kolkata", "LANG": "tr_TR.UTF-8", "LC_ALL": "C"],
      directory: program.folder)
    #expect(elsewhere.status == 0)
    #expect(try program.index("other") == expected)
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = [
      "-c", "umask 077; exec \"$0\" run \"$1\" --output \"$2\" >/dev/null 2>&1", PipelineProgram.path, program.job,
      program.folder + "/masked",
    ]
    try shell.run()
    shell.waitUntilExit()
    #expect(try program.index("masked") == expected)
  }

  @Test func compressedCollectionsGiveTheSameIndex() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    #expect(try program.run(["run", program.job]).status == 0)
    let gzip = Process()
    gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    gzip.arguments = ["gzip", "-k", program.folder + "/collection.tsv"]
    try gzip.run()
    gzip.waitUntilExit()
    let packed = try program.run(
      [
        "run", program.job, "--set", "inputs.collection=\(program.folder)/collection.tsv.gz", "--output",
        program.folder + "/packed",
      ])
    #expect(packed.status == 0)
    #expect(try program.index("packed") == program.index())
  }

  @Test func aRunReportsWhatItsRunFileMeasures() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let sample = PipelineProgram.root + "/data/sample/"
    let job = PipelineProgram.root + "/jobs/msmarco.yaml"
    let run = try program.run(["run", job, "--output", program.folder + "/out"])
    #expect(run.status == 0)
    let search = ["search", program.folder + "/out", "--mode", "bigranular", "--queries", sample + "queries.tsv"]
    #expect(try program.run(search + ["--run", program.folder + "/run"]).status == 0)
    // A job's means are over all of its queries.
    let measured = try program.run(
      ["evaluate", "--complete", "--qrels", sample + "qrels.trec", "--run", program.folder + "/run"])
    #expect(run.output.contains(measured.output.trimmingCharacters(in: .newlines)))
  }

  @Test func anOrderOfDocumentsChangesNoResultAndDoesNotDependOnWorkers() throws {
    let program = try PipelineProgram(copies: 2)
    defer { program.remove() }
    let queries = PipelineProgram.root + "/data/sample/queries.tsv"
    func results(_ output: String) throws -> [String] {
      let arguments = ["search", "\(program.folder)/\(output)", "--queries", queries, "--k", "100"]
      #expect(try program.run(arguments + ["--run", program.folder + "/run"]).status == 0)
      return try String(contentsOfFile: program.folder + "/run", encoding: .utf8).split(separator: "\n").map(
        String.init)
    }
    #expect(try program.run(["run", program.job]).status == 0)
    let expected = try results("out")
    let path = program.folder + "/pipeline.yaml"
    try String(contentsOfFile: path, encoding: .utf8)
      .replacing("use: shard,", with: "use: shard, order: order,")
      .appending("\n  order: {use: fit.documentOrder, from: impacts}\n")
      .write(toFile: path, atomically: true, encoding: .utf8)
    for workers in ["1", "4"] {
      let run = try program.run(["run", program.job, "--workers", workers, "--output", program.folder + "/o" + workers])
      #expect(run.status == 0, "\(run.errors)")
    }
    try String(contentsOfFile: path, encoding: .utf8)
      .replacing("use: shard,", with: "use: shard, codec: small,")
      .write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try program.run(["run", program.job, "--output", program.folder + "/small"]).status == 0)
    #expect(try program.index("o1") == program.index("o4"))
    #expect(try program.index("o1") != program.index())
    #expect(try results("o4") == expected)
    #expect(try results("small") == expected)
    #expect(try program.index("small").count == 2 * 3 + 2)
    let shown = try program.run(["search", program.folder + "/o1", "bees", "--k", "3"])
    let plain = try program.run(["search", program.folder + "/out", "bees", "--k", "3"])
    #expect(shown.output == plain.output && !shown.output.isEmpty)
  }

  @Test func prunedSearchEqualsExhaustiveSearch() throws {
    let program = try PipelineProgram(copies: 2)
    defer { program.remove() }
    #expect(try program.run(["run", program.job]).status == 0)
    let queries = PipelineProgram.root + "/data/sample/queries.tsv"
    for k in ["1", "10", "1000"] {
      let arguments = ["search", program.folder + "/out", "--queries", queries, "--k", k]
      #expect(try program.run(arguments + ["--run", program.folder + "/pruned"]).status == 0)
      #expect(try program.run(arguments + ["--exhaustive", "--run", program.folder + "/all"]).status == 0)
      let pruned = try Data(contentsOf: URL(fileURLWithPath: program.folder + "/pruned"))
      #expect(pruned == (try Data(contentsOf: URL(fileURLWithPath: program.folder + "/all"))))
      #expect(!pruned.isEmpty)
    }
  }
}
