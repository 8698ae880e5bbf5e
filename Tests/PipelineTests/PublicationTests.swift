import Foundation
import Kernels
import Testing

/// What is published, what is kept, and what a gate, a rollback and a hand have to say in it.
@Suite struct PublicationTests {
  /// The job over BM25 with the sample's queries and judgements, over a collection that a test may change.
  private struct Nightly {
    let program: PipelineProgram
    let passages: [String]

    init() throws {
      program = try PipelineProgram()
      passages = try String(contentsOfFile: PipelineProgram.root + "/data/sample/collection.tsv", encoding: .utf8)
        .split(separator: "\n").map(String.init)
      try write(passages)
    }

    func write(_ lines: [String]) throws {
      try lines.map { $0 + "\n" }.joined().write(
        toFile: program.folder + "/nightly.tsv", atomically: true, encoding: .utf8)
    }

    /// A collection that is another for each number.
    func change(_ number: Int) throws { try write(passages + ["new-\(number)\ta passage of night \(number)"]) }

    func command(_ command: String, _ more: [String] = []) throws -> PipelineProgram.Result {
      try program.run(
        [
          command, PipelineProgram.root + "/jobs/bm25.yaml", "--output", program.folder + "/out", "--set",
          "inputs.collection=\(program.folder)/nightly.tsv",
        ] + more)
    }

    func run(gate: Double? = nil) throws -> PipelineProgram.Result {
      try command("run", gate.map { ["--set", "evaluate.fail-below={nDCG@10: \($0)}"] } ?? [])
    }

    var current: String? {
      (try? FileManager.default.destinationOfSymbolicLink(atPath: program.folder + "/out/current"))
        .map { String($0.suffix(6)) }
    }

    var generations: [String] {
      get throws { try FileSystem.list(program.folder + "/out/generations") }
    }
  }

  @Test func whatAGateRefusedPushesNothingOut() throws {
    let nightly = try Nightly()
    defer { nightly.program.remove() }
    #expect(try nightly.run().status == 0)
    for night in 2...4 {
      try nightly.change(night)
      let refused = try nightly.run(gate: 0.99)
      #expect(refused.status == 2 && refused.errors.contains("not published"), "\(refused.errors)")
      // The good one, and the newest, which somebody may want to publish.
      #expect(try nightly.generations == ["000001", "00000\(night)"])
      #expect(nightly.current == "000001")
    }
    try nightly.change(5)
    #expect(try nightly.run(gate: 0.1).status == 0)
    #expect(try nightly.generations == ["000001", "000005"])
    #expect(try nightly.command("rollback").output.contains("000001"))
    #expect(nightly.current == "000001")
  }

  @Test func aRollbackLastsUntilThereIsSomethingNew() throws {
    let nightly = try Nightly()
    defer { nightly.program.remove() }
    #expect(try nightly.run().status == 0)
    try nightly.change(2)
    #expect(try nightly.run().status == 0)
    #expect(try nightly.command("rollback").status == 0)
    for _ in 0..<2 {
      let run = try nightly.run()
      #expect(run.status == 0 && run.errors.contains("was rolled back") && nightly.current == "000001", "\(run.errors)")
    }
    // Nor when it has to be built again.
    try FileManager.default.removeItem(atPath: nightly.program.folder + "/out/generations/000002")
    #expect(try nightly.run().status == 0)
    #expect(nightly.current == "000001")
    #expect(try nightly.command("publish").status == 0)
    #expect(nightly.current == "000003")
    #expect(try nightly.run().errors.isEmpty || nightly.current == "000003")
    try nightly.change(3)
    #expect(try nightly.run().status == 0)
    #expect(nightly.current == "000004")
    #expect(try nightly.command("rollback").status == 0)
    #expect(nightly.current == "000003")
  }

  @Test func whatAHandHasPublishedFailsNoLaterRun() throws {
    let nightly = try Nightly()
    defer { nightly.program.remove() }
    #expect(try nightly.run().status == 0)
    try nightly.change(2)
    #expect(try nightly.run(gate: 0.99).status == 2)
    #expect(try nightly.command("publish").status == 0)
    let run = try nightly.run(gate: 0.99)
    #expect(run.status == 0 && run.errors.contains("was published by hand"), "\(run.errors)")
    #expect(nightly.current == "000002")
  }

  /// What a run has published fails when the bar is raised.
  @Test func aRaisedBarIsToldOfWhatIsPublished() throws {
    let nightly = try Nightly()
    defer { nightly.program.remove() }
    #expect(try nightly.run().status == 0)
    let run = try nightly.run(gate: 0.99)
    #expect(run.status == 2 && run.errors.contains("published before and stays so"), "\(run.errors)")
    #expect(nightly.current == "000001")
  }

  /// A rollback does not lead to a damaged twin, and its mark does not keep a damaged index from being built again.
  @Test func damageIsRepairedAfterARollback() throws {
    let nightly = try Nightly()
    defer { nightly.program.remove() }
    func damage(_ number: Int) throws {
      let path = nightly.program.folder + "/out/generations/00000\(number)/shard-0000/postings"
      var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      bytes[100] ^= 1
      try bytes.write(to: URL(fileURLWithPath: path))
    }
    #expect(try nightly.run().status == 0)
    try damage(1)
    #expect(try nightly.run().status == 0)
    #expect(nightly.current == "000002")
    #expect(try nightly.command("rollback").status == 66)
    try nightly.change(2)
    #expect(try nightly.run().status == 0)
    #expect(try nightly.command("rollback").status == 0)
    #expect(nightly.current == "000002")
    try damage(2)
    try nightly.write(nightly.passages)
    #expect(try nightly.run().status == 0)
    #expect(try nightly.program.run(["verify", nightly.program.folder + "/out/current/"]).status == 0)
  }

  /// A gate keeps no damaged index from being built again.
  @Test func damageIsRepairedBehindAGate() throws {
    let nightly = try Nightly()
    defer { nightly.program.remove() }
    func damage() throws {
      let path = nightly.program.folder + "/out/current/shard-0000/postings"
      var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      bytes[100] ^= 1
      try bytes.write(to: URL(fileURLWithPath: path))
    }
    #expect(try nightly.run().status == 0)
    try damage()
    #expect(try nightly.run(gate: 0.99).status == 2)
    #expect(nightly.current == "000002")
    #expect(try nightly.command("publish").status == 0)
    try damage()
    let run = try nightly.run(gate: 0.99)
    #expect(run.status == 0 && run.errors.contains("was published by hand"), "\(run.errors)")
    #expect(nightly.current == "000003")
    #expect(try nightly.run(gate: 0.99).status == 0)
    #expect(try nightly.program.run(["verify", nightly.program.folder + "/out/current/"]).status == 0)
  }

  /// What was published by hand is built and published again, whatever became of it.
  @Test func anApprovalOutlivesItsGeneration() throws {
    let nightly = try Nightly()
    defer { nightly.program.remove() }
    #expect(try nightly.run(gate: 0.99).status == 2)
    #expect(try nightly.command("publish").status == 0)
    try FileManager.default.removeItem(atPath: nightly.program.folder + "/out/generations/000001")
    #expect(try nightly.run(gate: 0.99).status == 0)
    #expect(nightly.current == "000002")
    try FileManager.default.removeItem(atPath: nightly.program.folder + "/out/current")
    #expect(try nightly.run(gate: 0.99).status == 0)
    #expect(nightly.current == "000002")
  }

  /// Whatever was deleted by hand, nothing is published that was not judged.
  @Test func aGenerationThatIsGoneIsNoWayAroundTheGate() throws {
    let nightly = try Nightly()
    defer { nightly.program.remove() }
    #expect(try nightly.run().status == 0)
    try nightly.change(2)
    #expect(try nightly.run().status == 0)
    try FileManager.default.removeItem(atPath: nightly.program.folder + "/out/generations/000002")
    try nightly.change(3)
    let refused = try nightly.run(gate: 0.99)
    #expect(refused.status == 2 && refused.errors.contains("not published"), "\(refused.errors)")
    #expect(try nightly.generations == ["000001", "000003"])
    #expect(try nightly.run(gate: 0.1).status == 0)
    #expect(nightly.current == "000003")
  }

  /// An index that lost nearly all finds nothing for most queries: that is the worst result, and not one to leave out.
  @Test func theGateCountsQueriesThatFindNothing() throws {
    let nightly = try Nightly()
    defer { nightly.program.remove() }
    #expect(try nightly.run(gate: 0.40).status == 0)
    try nightly.write(nightly.passages.filter { $0.hasPrefix("glass-007\t") })
    let run = try nightly.run(gate: 0.40)
    #expect(run.status == 2 && run.output.contains("counted as 0"), "\(run.output) \(run.errors)")
    #expect(nightly.current == "000001")
    // No query finds anything.
    try nightly.write(["x\tzzz"])
    let empty = try nightly.run(gate: 0.40)
    #expect(empty.status == 65 && empty.errors.contains("no hits"), "\(empty.errors)")
    #expect(nightly.current == "000001")
  }

  @Test func evaluationsThatAreNotToBeHadAreRefusedBeforeAnythingRuns() throws {
    let nightly = try Nightly()
    defer { nightly.program.remove() }
    for (setting, word) in [
      ("evaluate.mode=dense", "`dense`"), ("evaluate.mode=rerank", "rerank"), ("evaluate.mode=hybird", "hybrid"),
      ("evaluate.probes=3", "lists"),
    ] {
      for command in ["plan", "run"] {
        let result = try nightly.command(command, ["--set", setting])
        #expect(result.status == 64 && result.errors.contains(word), "\(command) \(setting): \(result.errors)")
      }
    }
    #expect(!FileSystem.exists(nightly.program.folder + "/out/generations"))
  }

  /// A weekly `gc` between a change and the next run costs nothing.
  @Test func gcLeavesWhatTheNextRunTakesOver() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let job = PipelineProgram.root + "/jobs/tildev2.yaml"
    let collection = program.folder + "/collection.tsv"
    let options = ["--output", program.folder + "/out", "--set", "inputs.collection=\(collection)"]
    let passages = try String(contentsOfFile: collection, encoding: .utf8).split(separator: "\n").prefix(60)
    try (passages.joined(separator: "\n") + "\n").write(toFile: collection, atomically: true, encoding: .utf8)
    #expect(try program.run(["run", job] + options).status == 0)
    try ("new-1\ta new passage\n" + passages.dropLast().joined(separator: "\n") + "\n").write(
      toFile: collection, atomically: true, encoding: .utf8)
    let plan = try program.run(["plan", job, "--no-forecast"] + options).output
    #expect(plan.contains("1 new, 0 changed, 1 deleted"), "\(plan)")
    #expect(try program.run(["gc", job] + options).status == 0)
    #expect(try program.run(["plan", job, "--no-forecast"] + options).output.contains("1 new, 0 changed, 1 deleted"))
    let run = try program.run(["run", job] + options)
    #expect(run.status == 0 && run.output.contains("taken over"), "\(run.output)")
    // And then nothing of it is left.
    #expect(try program.run(["gc", job] + options).output.contains("0 files and 0 rows") == false)
    #expect(try program.run(["gc", job] + options).output.contains("0 files and 0 rows"))
  }

  @Test func gcOfAJobThatNeverRanMakesNothing() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    #expect(try program.run(["gc", program.job]).status == 0)
    #expect(!FileSystem.exists(program.folder + "/out"))
  }

  @Test func whatChangesTheIndexWaitsForTheRun() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    #expect(try program.run(["run", program.job]).status == 0)
    var lock: FileLock? = try FileLock(program.folder + "/out/lock")
    for arguments in [
      ["publish", program.job], ["rollback", program.job],
      ["run", program.job, "--set", "work=\(program.folder)/other"],
    ] {
      let result = try program.run(arguments)
      #expect(result.status == 75 && result.errors.contains("\(getpid())"), "\(arguments): \(result.errors)")
    }
    #expect(lock != nil)
    lock = nil
    #expect(try program.run(["publish", program.job]).status == 0)
  }

  /// `status` neither takes the lock nor needs to write.
  @Test func statusOnlyReads() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    #expect(try program.run(["run", program.job]).status == 0)
    let work = program.folder + "/out/work"
    let before = try PipelineProgram.files(below: work)
    #expect(try program.run(["status", work]).output.contains("nobody at work"))
    var lock: FileLock? = try FileLock(work + "/lock")
    #expect(try program.run(["status", work]).output.contains("running (process \(getpid())"))
    #expect(lock != nil)
    lock = nil
    try FileSystem.removeFile(work + "/lock")
    #expect(try program.run(["status", work]).output.contains("nobody at work"))
    #expect(!FileSystem.exists(work + "/lock"))
    #expect(try PipelineProgram.files(below: work) == before.filter { $0.key != "lock" })
  }
}
