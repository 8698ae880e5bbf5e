import Dataflow
import Foundation
import Kernels
import Synchronization
import Testing

@Suite struct SchedulerTests {
  static let slow: ToyProbe.Hook = { stage, chunk in
    // Long enough for others to come in between.
    Thread.sleep(forTimeInterval: Double(chunk * 7 % 5) / 1000)
  }

  @Test(arguments: [1, 2, 8], [1, 2])
  func concurrencyIsRespected(workers: Int, limit: Int) throws {
    for (text, stage) in [("by: 1", "add.1"), ("by: 2", "add.2"), ("from: kept}", "toy.sum")] {
      let job = try ToyJob(chunks: 12)
      job.probe.setHook(Self.slow)
      let limited =
        text.hasSuffix("}") ? "\(text.dropLast()), concurrency: \(limit)}" : "\(text), concurrency: \(limit)"
      let pipeline = ToyJob.pipeline.replacing(text, with: limited)
      #expect(try job.run(pipeline, workers: workers).files == (try ToyJob.reference(chunks: 12)))
      #expect(job.probe.most(stage) <= limit, "\(stage)")
      #expect(job.probe.most("toy.read") <= workers)
    }
  }

  @Test func aLimitedSourceIsLimitedToo() throws {
    let job = try ToyJob(chunks: 12)
    job.probe.setHook(Self.slow)
    try job.run(ToyJob.pipeline.replacing("b.txt]", with: "b.txt], concurrency: 1"), workers: 8)
    #expect(job.probe.most("toy.read") == 1)
  }

  @Test(arguments: [1, 2, 4]) func queuesAreBounded(workers: Int) throws {
    let job = try ToyJob(chunks: 40)
    job.probe.setHook { stage, _ in if stage == "add.2" { Thread.sleep(forTimeInterval: 0.002) } }
    // Without the second pass `open` and `close` come in pairs.
    try job.run(
      """
      numbers: {use: toy.read, input: [DIR/a.txt, DIR/b.txt]}
      kept: {use: toy.add, from: numbers, by: 2, concurrency: 1}
      index: {use: toy.write, from: kept}
      """, workers: workers)
    #expect(job.probe.mostOpen <= workers + 2 * workers)
    #expect(workers == 1 || job.probe.mostOpen > workers)
  }

  @Test func littleMemoryMeansOneChunkAtATime() throws {
    let job = try ToyJob(chunks: 1)
    // Chunks of 3 MB need 36 MB by the scheduler's first guess: more than half of the least budget, 32 MiB.
    try job.write("a.txt", numbers: 1_000_000..<2_000_000)
    try job.run(
      """
      numbers: {use: toy.read, input: DIR/a.txt, lines: 250000}
      index: {use: toy.write, from: numbers}
      """, workers: 4, memoryBytes: 0)
    #expect(job.probe.mostOpen == 1)
  }

  @Test func chunksFurtherOnGoFirst() throws {
    let job = try ToyJob(chunks: 8)
    try job.run(
      """
      numbers: {use: toy.read, input: [DIR/a.txt, DIR/b.txt]}
      kept: {use: toy.add, from: numbers, by: 2, concurrency: 1}
      index: {use: toy.write, from: kept}
      """, workers: 1)
    let stages = job.probe.calls.filter { !$0.hasPrefix("read") && !$0.contains("unit") && !$0.contains("finish") }
    let chunks = [1, 5, 9, 13, 17, 21, 25, 29, 10_000, 10_004, 10_008, 10_012]
    #expect(stages == chunks.flatMap { ["toy.read \($0)", "add.2 \($0)", "toy.write \($0)"] })
  }

  @Test func lanesAreReadInOrder() throws {
    let job = try ToyJob(chunks: 20)
    job.probe.setHook { stage, chunk in
      if stage == "read" { Thread.sleep(forTimeInterval: Double(chunk * 7 % 5) / 2000) }
    }
    try job.run(
      """
      numbers: {use: toy.read, input: DIR/a.txt, lane: true}
      index: {use: toy.write, from: numbers}
      """, workers: 4)
    let offsets = job.probe.calls.filter { $0.hasPrefix("read ") }.compactMap { Int($0.dropFirst(5)) }
    #expect(offsets.count == 20 && offsets == offsets.sorted())
    #expect(job.probe.most("read") == 1)
  }

  @Test func eventsComeOneAtATimeAndProgressEndsAtTheEnd() throws {
    let job = try ToyJob(chunks: 20)
    let most = Mutex((now: 0, most: 0))
    let last = Mutex<[Int: RunProgress]>([:])
    try job.run(
      workers: 8,
      observe: { event in
        most.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
        if case .progress(let progress) = event { last.withLock { $0[progress.pass] = progress } }
        Thread.sleep(forTimeInterval: 0.0005)
        most.withLock { $0.now -= 1 }
      })
    #expect(most.withLock { $0.most } == 1)
    for (_, progress) in last.withLock({ $0 }) {
      #expect(progress.chunksDone == progress.chunks && progress.bytesDone == progress.bytes && progress.chunks == 30)
      #expect(progress.tokens == 120)
    }
  }

  @Test func rejectionsTravelOnceAndInOrder() throws {
    let job = try ToyJob()
    try job.write("a.txt", "1\nx\n3\n4\ny\n6\n7\n10\n")
    try job.write("b.txt", "z\n")
    let pipeline = """
      numbers: {use: toy.read, input: [DIR/a.txt, DIR/b.txt]}
      kept: {use: toy.add, from: numbers, reject: 5, checkpoint: true}
      left: {use: toy.add, from: kept, by: 1}
      right: {use: toy.add, from: kept, by: 2, checkpoint: true}
      both: {use: toy.subtract, left: left, right: right}
      index: {use: toy.write, from: both}
      """
    let expected = """
      a.txt 2 numbers number x
      a.txt 5 numbers number y
      a.txt 7 kept multiple 10
      b.txt 1 numbers number z

      """
    let first = try job.run(pipeline).files
    #expect(String(decoding: first["quarantine"] ?? [], as: UTF8.self) == expected)
    // Also when they come from the checkpoint.
    let later = try job.run(pipeline.replacing("both}", with: "both, units: 1}")).files
    #expect(later["quarantine"] == first["quarantine"])
  }
}
