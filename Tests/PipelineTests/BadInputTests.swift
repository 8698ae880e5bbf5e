import Foundation
import Testing

@Suite struct BadInputTests {
  /// What is wrong, the exit code, and words that the one line of the message must have.
  private func expect(
    _ program: PipelineProgram, _ arguments: [String], _ status: Int32, _ words: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try program.run(arguments)
    #expect(result.status == status, "\(result.errors)", sourceLocation: sourceLocation)
    let lines = result.errors.split(separator: "\n").filter { $0.hasPrefix("pipeline: ") }
    #expect(lines.count == 1, "\(result.errors)", sourceLocation: sourceLocation)
    for word in words { #expect(result.errors.contains(word), "\(result.errors)", sourceLocation: sourceLocation) }
  }

  private func write(_ text: String, _ path: String) throws {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
  }

  @Test func badJobsGiveOneLineAndTheRightCode() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let pipeline = program.folder + "/pipeline.yaml"
    let good = try String(contentsOfFile: pipeline, encoding: .utf8)
    try expect(program, ["run", program.folder + "/absent.yaml"], 66, "absent.yaml")
    try write(good.replacingOccurrences(of: "encode.bm25", with: "encode.bm52"), pipeline)
    try expect(program, ["plan", program.job], 78, "pipeline.yaml:5", "did you mean `encode.bm25`?")
    try write(good.replacingOccurrences(of: "analyzer: english", with: "analyser: english"), pipeline)
    try expect(program, ["plan", program.job], 78, "pipeline.yaml:3", "unknown key `analyser`", "`analyzer`")
    try write(good.replacingOccurrences(of: "from: passages", with: "from: weights"), pipeline)
    try expect(program, ["plan", program.job], 78, "cycle")
    try write(good + "\n  - [", pipeline)
    try expect(program, ["plan", program.job], 78, "pipeline.yaml:")
    try write(good, pipeline)
    try expect(program, ["run", program.job, "--set", "inputs.collection=/nowhere/x.tsv"], 66, "/nowhere/x.tsv")
    try expect(program, ["run", program.job, "--set", "inputs.collection=\(program.folder)"], 66, "is a directory")
    #expect(try program.run(["run", program.job, "--workers", "0"]).status == 64)
    #expect(try program.run(["run", program.job]).status == 0)
  }

  @Test func aMisspeltCommandIsAnsweredWithTheRightOne() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    try expect(program, ["serach", program.folder, "bees"], 64, "did you mean `search`?")
    try expect(program, ["frobnicate"], 64, "there are `run`")
  }

  /// The bytes of `explain` for one passage of the sample, `Golden/explain.txt`, which were read by a person.
  @Test func explainPrintsWhatEveryStageMakesOfADocument() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let job = PipelineProgram.root + "/jobs/bm25.yaml"
    let arguments = [job, "--output", program.folder + "/out"]
    let early = try program.run(["explain"] + arguments + ["--document", "bees-001"])
    #expect(early.status == 0 && early.output.contains("needs frequencies, which has not run: run the job first"))
    #expect(try program.run(["run"] + arguments).status == 0)
    let explained = try program.run(["explain"] + arguments + ["--document", "bees-001"])
    let golden = try #require(Bundle.module.url(forResource: "explain", withExtension: "txt", subdirectory: "Golden"))
    #expect(explained.output == (try String(contentsOf: golden, encoding: .utf8)))
    try expect(program, ["explain"] + arguments + ["--document", "bees-999"], 66, "no document `bees-999`")
  }

  @Test func wrongJudgementsRunsAndIndexesGiveOneLineAndTheRightCode() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    try write("q1 0 d1 good\n", program.folder + "/qrels")
    try write("q1 Q0 d1 1 2.5 tag\n", program.folder + "/run")
    let evaluate = ["evaluate", "--qrels", program.folder + "/qrels", "--run", program.folder + "/run"]
    try expect(program, evaluate, 65, "qrels:1")
    try write("q1 0 d1 1\n", program.folder + "/qrels")
    #expect(try program.run(evaluate).status == 0)
    try expect(program, evaluate + ["--measures", "nDGC@10"], 64, "nDCG@10")
    try expect(program, ["search", program.folder + "/nothing", "bees"], 66, "nothing")
    try expect(program, ["tokenize", "--model", program.folder], 69, program.folder)
  }

  @Test func optionsThatASearchCannotUseAreRefused() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    #expect(try program.run(["run", program.job]).status == 0)
    let index = program.folder + "/out"
    try write("q1\tbees\n", program.folder + "/q.tsv")
    let refused = [
      (["bees", "--query-vectors", "/nonexistent"], "--query-vectors belongs to --queries"),
      (["bees", "--mode", "rerank"], "`rerank`"), (["bees", "--rerank", "/nonexistent"], "--rerank"),
      (["bees", "--model", "foo=/nonexistent"], "no stage `foo`"), (["bees", "--threads", "0"], "--threads"),
      (["--queries", program.folder + "/q.tsv", "--run", "-"], "--run"),
    ]
    for (options, words) in refused {
      let result = try program.run(["search", index] + options, directory: program.folder)
      #expect(result.status == 64 && result.errors.contains(words), "\(options): \(result.status) \(result.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: program.folder + "/-"))
    let given = try program.run(["search", index, "bees", "--model", "weights=/nonexistent"])
    #expect(given.status == 0, "\(given.errors)")
  }

  @Test func asManyPassagesAsThereAreNumbersAreNoMoreThanAreStored() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let output = program.folder + "/passages"
    let job = PipelineProgram.root + "/jobs/bm25-passages.yaml"
    #expect(try program.run(["run", job, "--output", output]).status == 0)
    let all = try program.run(["search", output, "bees", "--k", "323"])
    let more = try program.run(["search", output, "bees", "--k", "\(Int.max)"])
    #expect(all.status == 0 && more.status == 0, "\(more.errors)")
    #expect(!all.output.isEmpty && more.output == all.output)
  }

  @Test func compressedPredictionsAreToBeUnpacked() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    try write("0-bees-001\thow do bees winter\n", program.folder + "/preds.tsv")
    #expect(try program.shell("gzip preds.tsv").status == 0)
    try write(
      """
      stages:
        passages: {use: read, format: msmarco-tsv, input: $collection}
        expanded: {use: expand.predictions, from: passages, predictions: preds.tsv.gz}
        terms: {use: analyze, from: expanded, analyzer: english}
        frequencies: {use: fit.documentFrequencies, from: terms}
        weights: {use: encode.bm25, from: terms, frequencies: frequencies}
        impacts: {use: quantize.impacts, from: weights, maximum: 20}
        index: {use: shard, sparse: impacts, documents: passages}
      """, program.folder + "/pipeline.yaml")
    try expect(program, ["run", program.job], 65, "preds.tsv.gz", "unpack it first")
  }

  @Test func theManifestIsNoIndex() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    #expect(try program.run(["run", program.job]).status == 0)
    let folder = program.folder + "/out/current"
    try expect(program, ["inspect", folder + "/manifest.json"], 66, "is the manifest", "folder: \(folder)")
    #expect(try program.run(["inspect", folder]).status == 0)
  }

  @Test func statusCountsEveryRecordOfAStageOnce() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    #expect(try program.run(["run", program.job]).status == 0)
    let lines = try program.run(["status", program.job]).output.split(separator: "\n")
    for stage in ["frequencies", "range", "index"] {
      let line = try #require(lines.first { $0.hasPrefix("  \(stage): ") })
      #expect(line.contains(" 323 records"), "\(line)")
    }
  }

  @Test func aLockedWorkDirectoryIsTryAgain() throws {
    let program = try PipelineProgram(copies: 30)
    defer { program.remove() }
    let first = try program.start(["run", program.job, "--workers", "1"])
    first.standardOutput = FileHandle.nullDevice
    first.standardError = FileHandle.nullDevice
    try first.run()
    // The holder's name is in the file from when it has the lock until it lets it go.
    let lock = program.folder + "/out/work/lock"
    while first.isRunning, ((try? String(contentsOfFile: lock, encoding: .utf8)) ?? "").isEmpty { usleep(200) }
    let second = try program.run(["gc", program.job])
    #expect(second.status == 75)
    #expect(second.errors.contains("another run"))
    first.waitUntilExit()
    #expect(first.terminationStatus == 0)
  }

  @Test func badRecordsGoToQuarantineAndTooManyStopThePublication() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let path = program.folder + "/collection.tsv"
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes.append(contentsOf: Array("no tab here\n0-bees-001\tan id that came before\nbad\t".utf8) + [0xff, 0xfe, 0x0a])
    try bytes.write(to: URL(fileURLWithPath: path))
    try expect(program, ["run", program.job], 1, "quarantine")
    #expect(!FileManager.default.fileExists(atPath: program.folder + "/out/current"))
    let file = program.folder + "/out/generations/000001/quarantine.jsonl"
    let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 3)
    for reason in ["missing-column", "duplicate-id", "invalid-utf8"] {
      #expect(lines.contains { $0.contains("\"reason\":\"\(reason)\"") }, "\(lines)")
    }
    // The id that came before lies in another chunk: its line says where it is all the same.
    let text = Array(bytes)
    let duplicate = try #require(lines.first { $0.contains("duplicate-id") })
    let before = Array("no tab here\n".utf8)
    let start = text.count - before.count - Array("0-bees-001\tan id that came before\nbad\t".utf8).count - 3
    let place = start + before.count
    let line = text[..<place].count { $0 == 0x0a } + 1
    #expect(duplicate.contains("\"offset\":\(place),") && duplicate.contains("\"line\":\(line),"), "\(duplicate)")
    #expect(try program.run(["run", program.job, "--set", "limits.quarantine=0.5"]).status == 0)
    #expect(FileManager.default.fileExists(atPath: program.folder + "/out/current"))
  }
}
