import Codecs
import Dataflow
import Kernels
import Testing

@Suite struct ResultTests {
  @Test func theResultIsWhatTheStagesSay() throws {
    let job = try ToyJob(chunks: 2)
    try job.write("a.txt", "1\n2\n3\n")
    try job.write("b.txt", "5\nx\n")
    let outcome = try job.run()
    // kept: 4 5 6 8, sum 23, scaled: 92 115 138 184
    let text = outcome.files.mapValues { String(decoding: $0, as: UTF8.self) }
    #expect(text["unit-0"] == "23\n138\n")
    #expect(text["unit-1"] == "23\n115\n184\n")
    #expect(text["unit-2"] == "23\n92\n")
    #expect(text["quarantine"] == "b.txt 2 numbers number x\n")
  }

  @Test(arguments: [1, 2, 4, 8], [0, 512 << 20])
  func bytesDoNotDependOnWorkersOrMemory(workers: Int, memoryBytes: Int) throws {
    let outcome = try ToyJob().run(workers: workers, memoryBytes: memoryBytes)
    #expect(outcome.files == (try ToyJob.reference()))
  }

  @Test func onlyCheckpointsContributionsAndArtifactsAreOnDisk() throws {
    let job = try ToyJob()
    let plan = try job.run().plan
    var expected: Set<String> = []
    for (node, entry) in plan.graph.nodes.enumerated() where entry.isMaterialized {
      expected.formUnion(plan.names.chunks[node].map(\.description))
      if entry.name == "sum", let artifact = plan.names.artifacts[node] { expected.insert(artifact.description) }
    }
    #expect(try job.chunkFiles() == expected)
    #expect(plan.graph.nodes.filter(\.isMaterialized).map(\.name) == ["kept", "sum", "scaled", "index"])
    #expect(!FileSystem.exists(job.work + "/spill"))
  }

  @Test func equalChunksAreNoCollision() throws {
    let job = try ToyJob()
    try job.write("a.txt", String(repeating: "1\n2\n3\n4\n", count: 40))
    try job.write("b.txt", String(repeating: "1\n2\n3\n4\n", count: 40))
    let other = try job.run(workers: 1).files
    for _ in 0..<5 {
      try FileSystem.removeTree(job.work)
      try job.removeIndex()
      #expect(try job.run(workers: 8).files == other)
    }
  }

  @Test func anEmptyCollectionGivesAnEmptyIndex() throws {
    let job = try ToyJob()
    try job.write("a.txt", "")
    try job.write("b.txt", "")
    #expect(try job.run().files["unit-0"] == Array("0\n".utf8))
    #expect(try job.plan().isUpToDate)
  }

  @Test func lanesGiveTheSameBytes() throws {
    let lanes = ToyJob.pipeline.replacing("b.txt]", with: "b.txt], lane: true")
    #expect(try ToyJob().run(lanes, workers: 4).files.filter { $0.key != "done" }.count == 4)
    let plain = try ToyJob.reference()
    #expect(try ToyJob().run(lanes, workers: 4).files == plain)
  }
}
