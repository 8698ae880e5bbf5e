import Codecs
import Dataflow
import Kernels
import Testing

@Suite struct PlanReasonTests {
  @Test func atFirstNothingHasEverRun() throws {
    let plan = try ToyJob().plan()
    #expect(plan.stages.filter { $0.running > 0 }.map(\.name) == ["kept", "sum", "scaled", "index"])
    #expect(plan.stages.compactMap(\.reason) == Array(repeating: .neverRun, count: 4))
    #expect(plan.stages.map(\.combines) == [false, false, false, true, false, true])
    #expect(plan.chunks == 9)
    #expect(plan.passes.map(\.tasks.count) == [9, 9])
  }

  @Test func aFinishedJobHasNothingToDo() throws {
    let job = try ToyJob()
    try job.run()
    for _ in 0..<2 {
      job.probe.reset()
      let outcome = try job.run()
      #expect(outcome.plan.isUpToDate && outcome.plan.stages.allSatisfy { $0.reason == nil && $0.running == 0 })
      #expect(job.probe.calls.isEmpty)
      #expect(outcome.files == (try ToyJob.reference()))
    }
  }

  @Test func aParameterIsNamedWithBothValues() throws {
    let job = try ToyJob()
    try job.run()
    let plan = try job.plan(ToyJob.pipeline.replacing("by: 2", with: "by: 5"))
    #expect(plan.stage("kept").reason == .fingerprintChanged(["by: 2 -> 5"]))
    #expect(plan.stage("sum").reason == .inputChanged(["`kept`"]))
    #expect(plan.stage("scaled").reason == .inputChanged(["`kept`"]))
    #expect(plan.stage("index").reason == .inputChanged(["`kept`"]))
  }

  @Test func aVersionIsNamed() throws {
    let job = try ToyJob()
    try job.run()
    let next = ToyJob.registry.map { $0.name == "toy.add" ? StageType(ToyAddNext.self) : $0 }
    let plan = try job.plan(registry: next)
    #expect(plan.stage("kept").reason == .fingerprintChanged(["version of toy.add: 1 -> 2"]))
    #expect(plan.stage("sum").reason == .inputChanged(["`fused`", "`kept`"]))
  }

  @Test func anotherProcessorIsNamed() throws {
    let job = try ToyJob()
    try job.run()
    let narrow = ToyJob.registry(adding: StageType(ToyAddOn<ToyNarrow>.self))
    let wide = ToyJob.registry(adding: StageType(ToyAddOn<ToyWide>.self))
    #expect(
      try job.plan(registry: narrow).stage("kept").reason
        == .fingerprintChanged([
          "made on a processor that was not noted, this one computes with narrow: numbers may differ in the last digits"
        ]))
    try job.run(registry: narrow)
    #expect(try job.plan(registry: narrow).isUpToDate)
    let plan = try job.plan(registry: wide)
    #expect(
      plan.stage("kept").reason
        == .fingerprintChanged([
          "made on a processor with narrow, this one computes with wide: numbers differ in the last digits"
        ]))
    #expect(plan.stage("sum").reason == .inputChanged(["`fused`", "`kept`"]))
    // Which instructions count may follow from a parameter: then the parameter is the reason.
    let other = try job.plan(ToyJob.pipeline.replacing("by: 2", with: "by: 5"), registry: wide)
    #expect(other.stage("kept").reason == .fingerprintChanged(["by: 2 -> 5"]))
  }

  @Test func aResourceIsNamed() throws {
    let job = try ToyJob()
    try job.write("table", "x")
    let pipeline = ToyJob.pipeline.replacing("by: 2", with: "by: 2, table: DIR/table")
    try job.run(pipeline)
    try job.write("table", "y")
    #expect(try job.plan(pipeline).stage("kept").reason == .fingerprintChanged(["content of `table`"]))
  }

  @Test func aPortIsNamed() throws {
    let job = try ToyJob()
    try job.run()
    let plan = try job.plan(ToyJob.pipeline.replacing("from: fused", with: "from: numbers"))
    #expect(plan.stage("kept").reason == .fingerprintChanged(["from: fused -> numbers"]))
    #expect(plan.stage("sum").reason == .inputChanged(["`kept`"]))
  }

  @Test(arguments: [false, true]) func newChunksAreAChangeOfTheCollection(runningTwice: Bool) throws {
    let job = try ToyJob()
    try job.run()
    if runningTwice { try job.run() }
    try job.write("b.txt", numbers: 20_000..<20_004)
    let plan = try job.plan()
    #expect(plan.stage("kept").running == 1 && plan.stage("kept").reused == 6)
    for stage in ["kept", "sum", "scaled", "index"] {
      #expect(plan.stage(stage).reason == .inputChanged(["the collection"]))
    }
  }

  @Test func aMissingFileIsNamed() throws {
    let job = try ToyJob()
    let plan = try job.run().plan
    let file = job.path(plan.graph.fingerprints("kept", in: plan.names)[4])
    try FileSystem.removeFile(file)
    try job.removeIndex()
    let next = try job.plan()
    // Nobody needs the lost chunk: what was made of it is there.
    #expect(next.stages.filter { $0.reason != nil }.map(\.name) == ["index"])
    let scaled = job.path(plan.graph.fingerprints("scaled", in: plan.names)[4])
    let contribution = job.path(plan.graph.fingerprints("index", in: plan.names)[4])
    try FileSystem.removeFile(scaled)
    try FileSystem.removeFile(contribution)
    let last = try job.plan()
    #expect(last.stage("kept").reason == .outputMissing(file) && last.stage("kept").running == 1)
    #expect(last.stage("scaled").reason == .outputMissing(scaled) && last.stage("scaled").running == 1)
    #expect(last.stage("index").running == 1 && last.stage("index").combines)
    #expect(last.stage("sum").reason == nil)
  }

  @Test func aCutFileIsNamed() throws {
    let job = try ToyJob()
    let plan = try job.run().plan
    let file = job.path(plan.graph.fingerprints("scaled", in: plan.names)[0])
    try FileSystem.removeFile(job.path(plan.graph.fingerprints("index", in: plan.names)[0]))
    let bytes = try ToyJob.bytes(file)
    try ToyJob.overwrite(file, Array(bytes.dropLast()))
    try job.removeIndex()
    let next = try job.plan()
    #expect(
      next.stage("scaled").reason == .outputCorrupt("\(file) has \(bytes.count - 1) bytes, not \(bytes.count)"))
    #expect(next.stage("scaled").running == 1 && next.stage("index").running == 1)
  }

  @Test func aLostIndexIsNoChangeOfTheCollection() throws {
    let job = try ToyJob()
    try job.run()
    try job.removeIndex()
    let plan = try job.plan()
    #expect(plan.stage("index").reason == .outputMissing("an undamaged index of `index`"))
    #expect(plan.passes.map(\.tasks.count) == [0])
    #expect(try job.run().files == (try ToyJob.reference()))
  }

  @Test func aDamagedArtifactIsFoundThoughItsSizeIsRight() throws {
    let job = try ToyJob()
    let plan = try job.run().plan
    let name = try #require(plan.names.artifacts[plan.graph.index(of: "sum")!])
    var bytes = try ToyJob.bytes(job.path(name))
    bytes[70] ^= 1
    try ToyJob.overwrite(job.path(name), bytes)
    try job.removeIndex()
    #expect(
      try job.plan().stage("sum").reason == .outputCorrupt("the SHA-256 of \(job.path(name)) is wrong"))
    #expect(try job.run().files == (try ToyJob.reference()))
  }

  @Test func freshForcesEverything() throws {
    let job = try ToyJob()
    try job.run()
    job.probe.reset()
    let outcome = try job.run(fresh: true)
    #expect(outcome.plan.stages.compactMap(\.reason) == Array(repeating: .forced, count: 4))
    #expect(outcome.files == (try ToyJob.reference()))
    #expect(job.probe.count("add.2") == 9 && job.probe.count("toy.sum.combine") == 1)
  }

  @Test func aGoalKeepsItsChunksAndStopsThere() throws {
    let job = try ToyJob()
    let outcome = try job.run(goals: ["fused"])
    #expect(outcome.folder == nil && !FileSystem.exists(job.output))
    #expect(try job.chunkFiles().count == 9)
    #expect(outcome.plan.stages.filter { $0.running > 0 }.map(\.name) == ["fused"])
    #expect(try job.plan(goals: ["fused"]).isUpToDate)
    job.probe.reset()
    #expect(try job.run().files == (try ToyJob.reference()))
  }

  @Test func onlyWhatTheGoalNeedsIsPlanned() throws {
    let job = try ToyJob()
    let plan = try job.plan(
      """
      numbers: {use: toy.read, input: DIR/a.txt}
      unused: {use: toy.add, from: numbers, by: 9, checkpoint: true}
      useless: {use: toy.sum, from: unused}
      index: {use: toy.write, from: numbers}
      """)
    #expect(plan.stages.filter { $0.running > 0 || $0.combines }.map(\.name) == ["index"])
  }

  @Test func withoutASinkEveryLastStageIsAGoal() throws {
    let job = try ToyJob()
    let text = """
      numbers: {use: toy.read, input: DIR/a.txt}
      one: {use: toy.add, from: numbers, by: 9, checkpoint: true}
      two: {use: toy.sum, from: numbers}
      """
    #expect(try job.plan(text).stages.map(\.running) == [0, 6, 6])
  }
}
