import Codecs
import Dataflow
import Foundation
import Kernels
import Synchronization
import Testing

@Suite struct ResumeTests {
  /// Each place where a piece of work can fail, for a job of 9 chunks.
  static let places = ["toy.read", "add.1", "add.2", "toy.sum", "toy.scale", "toy.write"]

  @Test(arguments: places, [1, 4])
  func afterAFailureInAnyChunkOnlyTheFailedIsDoneAgain(stage: String, workers: Int) throws {
    let reference = try ToyJob.reference()
    for failing in [UInt32(1), 5, 9, 13, 17, 21, 10_000, 10_004, 10_008] {
      let job = try ToyJob()
      job.probe.setHook { if $0 == stage && $1 == failing { throw ToyError(description: "no") } }
      let error = #expect(throws: StageFailure.self) { try job.run(workers: workers) }
      #expect(error?.exitCode == .bug && error?.place.contains(" bytes ") == true)
      job.probe.setHook(nil)
      #expect(try job.run(workers: workers).files == reference)
      let calls = Dictionary(grouping: job.probe.calls.filter { !$0.hasPrefix("read") }, by: { $0 }).mapValues(\.count)
      // What is kept is made once, but for the chunk that failed and those that were in work with it.
      let again = calls.filter { $0.key.hasPrefix("add.2 ") && $0.value > 1 }.count
      #expect(again <= workers, "\(stage) \(failing): \(calls)")
      #expect(calls.values.allSatisfy { $0 <= 3 })
    }
  }

  /// The rows of a chunk's pieces share a transaction, also where the chunk does not come to its end.
  @Test(arguments: [1, 4]) func whatAChunkFinishedBeforeItFailedStaysFinished(workers: Int) throws {
    for failing in [UInt32(1), 13, 10_008] {
      let job = try ToyJob()
      job.probe.setHook { if $0 == "toy.sum" && $1 == failing { throw ToyError(description: "no") } }
      #expect(throws: StageFailure.self) { try job.run(workers: workers) }
      job.probe.setHook(nil)
      #expect(try job.run(workers: workers).files == (try ToyJob.reference()))
      #expect(job.probe.calls.filter { $0 == "add.2 \(failing)" }.count == 1)
    }
  }

  /// A kill in the middle of a chunk costs the step that it hits and a little more, whichever step took so long.
  @Test(arguments: ["add.1", "add.2"]) func aPieceOfMuchWorkIsCommittedBeforeTheNextStep(slow: String) throws {
    let job = try ToyJob()
    let graph = try job.graph()
    let kept = graph.fingerprints("kept", in: try job.names())[1]
    let found = Mutex<Bool?>(nil)
    job.probe.setHook { [path = job.work] stage, chunk in
      if stage == slow && chunk == 5 { usleep(300_000) }
      guard stage == "toy.sum" && chunk == 5 else { return }
      let isThere = try CheckpointSnapshot(reading: path).piece(kept) != nil
      found.withLock { $0 = isThere }
    }
    try job.run(workers: 1)
    #expect(found.withLock { $0 } == true)
  }

  @Test(arguments: ["toy.sum.combine", "toy.write.unit", "toy.write.finish"])
  func afterAFailureInAReductionChunksAreNotDoneAgain(stage: String) throws {
    let job = try ToyJob()
    job.probe.setHook { name, _ in if name == stage { throw ToyError(description: "no") } }
    let error = #expect(throws: StageFailure.self) { try job.run() }
    #expect(error?.place == "combining 9 chunks")
    job.probe.setHook(nil)
    #expect(try job.run().files == (try ToyJob.reference()))
    #expect(job.probe.count("add.2") == 9 && job.probe.count("toy.sum") == 9 && job.probe.count("toy.scale") == 9)
  }

  @Test func theFirstFailureInCollectionOrderIsTold() throws {
    let job = try ToyJob()
    job.probe.setHook { stage, chunk in
      if stage == "add.1" { throw ToyError(description: "chunk \(chunk)") }
    }
    let error = #expect(throws: StageFailure.self) { try job.run(workers: 1) }
    #expect(error.map { "\($0)" } == "stage `fused`, a.txt bytes 0..<8: chunk 1")
  }

  @Test(arguments: [0, 1, 2, 5]) func errorsOfTheMomentAreTriedAgain(failures: Int) throws {
    for place in ["toy.read", "add.2", "toy.sum", "toy.scale", "read"] {
      let job = try ToyJob()
      // A limited stage makes groups; a chunk that is tried again goes through the first of them once more.
      var pipeline = ToyJob.pipeline.replacing("by: 2,", with: "by: 2, concurrency: 1,")
      if place == "read" { pipeline = pipeline.replacing("b.txt]", with: "b.txt], lane: true") }
      let left = Mutex(failures)
      job.probe.setHook { stage, chunk in
        let isFailing = stage == place && (chunk == 5 || place == "read" && chunk == 8)
        guard isFailing,
          left.withLock({ left in
            left -= 1; return left >= 0
          })
        else { return }
        throw FileError("read", "somewhere", code: 5)
      }
      if failures <= 2 {
        let outcome = try job.run(pipeline)
        #expect(outcome.files == (try ToyJob.reference()))
        #expect(outcome.warnings.count == failures)
      } else {
        let error = #expect(throws: StageFailure.self, "\(place)") { try job.run(pipeline) }
        #expect(error?.exitCode == .inputOutput)
        #expect(left.withLock { $0 } == 2)
      }
    }
  }

  @Test(arguments: [(Int32(28), ExitCode.tryAgain), (2, .noInput)])
  func aFullDiskOrAMissingFileIsNotTriedAgain(code: Int32, exit: ExitCode) throws {
    let job = try ToyJob()
    let calls = Mutex(0)
    job.probe.setHook { stage, chunk in
      if stage == "add.1" && chunk == 5 {
        calls.withLock { $0 += 1 }
        throw FileError("write", "somewhere", code: code)
      }
    }
    let error = #expect(throws: StageFailure.self) { try job.run() }
    #expect(error?.exitCode == exit && calls.withLock { $0 } == 1)
  }

  @Test func retriesCanBeSwitchedOff() throws {
    let job = try ToyJob()
    job.probe.setHook { if $0 == "add.1" && $1 == 5 { throw FileError("read", "somewhere", code: 5) } }
    let pipeline = ToyJob.pipeline.replacing("by: 1", with: "by: 1, retries: 0")
    #expect(throws: StageFailure.self) { try job.run(pipeline) }
    #expect(job.probe.calls.filter { $0 == "add.1 5" }.count == 1)
  }

  @Test(arguments: places + ["toy.sum.combine", "toy.write.unit"], [1, 3])
  func drainingEndsWhatIsInWorkAndIsResumed(stage: String, workers: Int) throws {
    let job = try ToyJob()
    let drain = Mutex<(@Sendable () -> Void)?>(nil)
    let calls = Mutex(0)
    job.probe.setHook { name, _ in
      if name == stage
        && calls.withLock({ calls in
          calls += 1; return calls
        }) == 1
      {
        drain.withLock { $0 }?()
      }
    }
    let error = #expect(throws: Drained.self) {
      try job.run(workers: workers, prepare: { run in drain.withLock { $0 = { run.drain() } } })
    }
    #expect(error?.exitCode.rawValue == 75)
    // The run holds the lock for as long as somebody can drain it.
    drain.withLock { $0 = nil }
    // Every chunk that was begun has ended: nothing is lost.
    #expect(job.probe.count("add.2") == job.probe.count("toy.sum"))
    job.probe.setHook(nil)
    #expect(try job.run(workers: workers).files == (try ToyJob.reference()))
    for name in ["add.2", "toy.sum", "toy.scale", "toy.write"] { #expect(job.probe.count(name) == 9) }
  }
}
