import Codecs
import Dataflow
import Kernels
import Testing

/// What crashes and bad disks leave in a work directory, made by hand, and that the next run repairs it.
@Suite struct RepairTests {
  /// A finished job of which the index is gone, so that the sink needs its contributions again.
  func finishedJob() throws -> (job: ToyJob, plan: Plan) {
    let job = try ToyJob()
    let plan = try job.run().plan
    try job.removeIndex()
    job.probe.reset()
    return (job, plan)
  }

  func expectRepaired(_ job: ToyJob, _ pipeline: String = ToyJob.pipeline) throws {
    let reference = try ToyJob.reference(pipeline)
    #expect(try job.run(pipeline).files == reference)
    #expect(try WorkVerifier.verify(job.work).isEmpty)
    #expect(try job.plan(pipeline).isUpToDate)
  }

  enum Damage: CaseIterable { case removed, cut, emptied, flipped, replacedByRubbish }

  func damage(_ path: String, _ damage: Damage) throws {
    var bytes = try ToyJob.bytes(path)
    switch damage {
    case .removed: return try FileSystem.removeFile(path)
    case .cut: bytes.removeLast(40)
    case .emptied: bytes = []
    case .flipped: bytes[bytes.count / 2 / 64 * 64] ^= 4
    case .replacedByRubbish: bytes = [UInt8](repeating: 77, count: bytes.count)
    }
    try ToyJob.overwrite(path, bytes)
  }

  @Test(arguments: Damage.allCases, ["kept", "sum", "scaled", "index"])
  func damagedPiecesAreFoundAndMadeAgain(kind: Damage, stage: String) throws {
    let (job, plan) = try finishedJob()
    for chunk in [0, 8] { try damage(job.path(plan.graph.fingerprints(stage, in: plan.names)[chunk]), kind) }
    #expect(try WorkVerifier.verify(job.work).count == 2)
    // Everything after the damaged pieces is needed again.
    let names = ["kept", "sum", "scaled", "index"]
    for later in names[names.firstIndex(of: stage)!...].dropFirst() {
      for name in plan.graph.fingerprints(later, in: plan.names) { try FileSystem.removeFile(job.path(name)) }
    }
    for artifact in plan.names.artifacts.compactMap({ $0 }) { try FileSystem.removeFile(job.path(artifact)) }
    try expectRepaired(job)
  }

  @Test(arguments: Damage.allCases) func aDamagedArtifactIsMadeAgain(kind: Damage) throws {
    let (job, plan) = try finishedJob()
    try damage(job.path(plan.names.artifacts[3]!), kind)
    try expectRepaired(job)
    #expect(job.probe.count("toy.sum.combine") == 1 && job.probe.count("add.2") == 0)
  }

  @Test func aDamagedCheckpointBehindADamagedOneIsMadeAgain() throws {
    let (job, plan) = try finishedJob()
    for stage in ["kept", "scaled", "index"] {
      try damage(job.path(plan.graph.fingerprints(stage, in: plan.names)[2]), .flipped)
    }
    try expectRepaired(job)
    #expect(job.probe.count("add.2") == 1 && job.probe.count("toy.scale") == 1 && job.probe.count("toy.write") == 1)
  }

  /// The plan sees no need for the sum; on the way back from a damaged chunk it turns out to be lost as well.
  @Test func aLossThatNoPlanCouldSeeIsRepairedByTheSecondRun() throws {
    let (job, plan) = try finishedJob()
    let pipeline = ToyJob.pipeline.replacing("from: scaled, sum: sum", with: "from: scaled")
    try collect(job, keeping: plan, without: [plan.names.artifacts[3]!])
    try damage(job.path(plan.graph.fingerprints("scaled", in: plan.names)[2]), .flipped)
    let error = #expect(throws: StageFailure.self) { try job.run(pipeline) }
    #expect(error?.exitCode == .tryAgain)
    try expectRepaired(job, pipeline)
  }

  func collect(_ job: ToyJob, keeping plan: Plan, without lost: Set<Fingerprint> = []) throws {
    let work = try WorkDirectory(job.work)
    let all = Set(plan.names.chunks.joined()).union(plan.names.artifacts.compactMap { $0 })
    _ = try GarbageCollector(work).collect(keeping: all.subtracting(lost))
    try work.close()
  }

  @Test func filesWithoutRowsAreNothing() throws {
    let (job, plan) = try finishedJob()
    let name = plan.graph.fingerprints("kept", in: plan.names)[3]
    try collect(job, keeping: plan, without: Set(plan.names.chunks.joined()))
    // What a run leaves that is killed between rename and insert, or in the middle of writing.
    try FileSystem.createDirectories(FileSystem.directory(of: job.path(name)))
    try ToyJob.overwrite(job.path(name), Array("half".utf8))
    try ToyJob.overwrite(job.path(name) + ".tmp-1", Array("half".utf8))
    try FileSystem.createDirectories(job.work + "/spill/index/runs")
    try ToyJob.overwrite(job.work + "/spill/index/runs/0", Array("half".utf8))
    try ToyJob.overwrite(job.work + "/lock", Array("process 1 on elsewhere".utf8))
    try expectRepaired(job)
    #expect(!FileSystem.exists(job.work + "/spill"))
  }

  @Test func aJournalThatSaysNothingIsIgnored() throws {
    let (job, _) = try finishedJob()
    try ToyJob.overwrite(job.work + "/checkpoint.sqlite-journal", [UInt8](repeating: 0, count: 512))
    try expectRepaired(job)
    try job.removeIndex()
    try ToyJob.overwrite(job.work + "/checkpoint.sqlite-journal", Array("rubbish".utf8))
    try expectRepaired(job)
  }

  @Test func aRunThatNeverClosedIsContinued() throws {
    let job = try ToyJob()
    job.probe.setHook { if $0 == "toy.scale" && $1 == 13 { throw ToyError(description: "no") } }
    #expect(throws: StageFailure.self) { try job.run(workers: 1, sealing: false) }
    #expect(!FileSystem.exists(job.work + "/checkpoint.seal"))
    // As if it had been killed: its name is in the lock.
    try ToyJob.overwrite(job.work + "/lock", Array("process 1 on elsewhere".utf8))
    #expect(try WorkVerifier.verify(job.work).isEmpty)
    job.probe.setHook(nil)
    try expectRepaired(job)
    #expect(job.probe.count("add.2") == 9)
  }

  @Test func aSecondRunIsHeldOff() throws {
    let job = try ToyJob()
    let work = try WorkDirectory(job.work)
    let error = #expect(throws: FileLock.Held.self) { try WorkDirectory(job.work) }
    #expect(error?.exitCode.rawValue == 75 && error?.holder.hasPrefix("process ") == true)
    #expect(throws: FileLock.Held.self) { try WorkVerifier.verify(job.work) }
    try work.close()
  }

  @Test func theLockGoesWithTheDirectory() throws {
    let job = try ToyJob()
    for _ in 0..<2 { try WorkDirectory(job.work).close() }
    #expect(try ToyJob.bytes(job.work + "/lock").isEmpty)
  }

  @Test func garbageIsCollectedAndNothingElse() throws {
    let (job, plan) = try finishedJob()
    try job.run()
    let before = try job.chunkFiles()
    let rubbish = ["chunks/zz/1", "chunks/stray", "checkpoint.damaged", "other/file"]
    for path in rubbish {
      try FileSystem.createDirectories(FileSystem.directory(of: job.work + "/" + path))
      try ToyJob.overwrite(job.work + "/" + path, [1, 2, 3])
    }
    let kept = job.path(plan.graph.fingerprints("kept", in: plan.names)[1])
    try ToyJob.overwrite(kept + ".tmp-3", [1])
    let obsolete = Set(plan.graph.fingerprints("scaled", in: plan.names))
    let work = try WorkDirectory(job.work)
    let result = try GarbageCollector(work).collect(
      keeping: Set(plan.names.chunks.joined()).union(plan.names.artifacts.compactMap { $0 }).subtracting(obsolete))
    #expect(try GarbageCollector(work).strays().isEmpty)
    try work.close()
    #expect(result.rows == 9 && result.files.count == 9 + rubbish.count + 1)
    #expect(try job.chunkFiles() == before.subtracting(obsolete.map(\.description)))
    #expect(
      try Set(FileSystem.list(job.work)) == ["lock", "chunks", "checkpoint.sqlite", "checkpoint.seal"])
    #expect(try WorkVerifier.verify(job.work).isEmpty)
    #expect(try job.plan().isUpToDate)
    try job.removeIndex()
    try expectRepaired(job)
  }
}
