import Codecs
import Dataflow
import Kernels
import Testing

@Suite struct FingerprintTests {
  /// The stages of which any name differs between two pipelines, or between a job now and then.
  func changed(_ old: (Graph, ChunkNames), _ new: (Graph, ChunkNames)) -> [String] {
    new.0.nodes.indices.filter { node in
      guard let before = old.0.index(of: new.0.nodes[node].name) else { return true }
      return old.1.chunks[before] != new.1.chunks[node] || old.1.artifacts[before] != new.1.artifacts[node]
    }.map { new.0.nodes[$0].name }
  }

  func names(
    _ job: ToyJob, _ pipeline: String = ToyJob.pipeline, registry: [StageType] = ToyJob.registry
  ) throws -> (Graph, ChunkNames) {
    (try job.graph(pipeline, registry: registry), try job.names(pipeline, registry: registry))
  }

  @Test func namesAreTheSameEveryTime() throws {
    let job = try ToyJob()
    #expect(changed(try names(job), try names(job)).isEmpty)
  }

  @Test(arguments: [
    ("by: 1", "by: 7", ["fused", "kept", "sum", "scaled", "index"]),
    ("by: 2", "by: 7", ["kept", "sum", "scaled", "index"]),
    ("from: kept, sum", "from: fused, sum", ["scaled", "index"]),
    ("scaled, sum: sum", "scaled, sum: sum, units: 2", ["index"]),
    ("scaled, sum: sum", "scaled", ["index"]),
    ("a.txt, DIR/b.txt]", "a.txt, DIR/b.txt], lines: 5", ["numbers", "fused", "kept", "sum", "scaled", "index"]),
    // Written out, a default is no change; neither is a common key or the order of ports.
    ("by: 1", "by: 1, reject: 0", []),
    ("by: 2, checkpoint: true", "checkpoint: false, by: 2, retries: 9, concurrency: 1", []),
    ("from: kept, sum: sum", "sum: sum, from: kept", []),
  ])
  func aChangeChangesWhatComesAfter(old: String, new: String, stages: [String]) throws {
    let job = try ToyJob()
    #expect(ToyJob.pipeline.contains(old))
    #expect(changed(try names(job), try names(job, ToyJob.pipeline.replacing(old, with: new))) == stages)
  }

  @Test func aVersionChangesWhatComesAfter() throws {
    let job = try ToyJob()
    let next = ToyJob.registry.map { $0.name == "toy.add" ? StageType(ToyAddNext.self) : $0 }
    #expect(changed(try names(job), try names(job, registry: next)) == ["fused", "kept", "sum", "scaled", "index"])
  }

  @Test func anotherProcessorChangesWhatComesAfterWhereItCounts() throws {
    let job = try ToyJob()
    let narrow = try names(job, registry: ToyJob.registry(adding: StageType(ToyAddOn<ToyNarrow>.self)))
    let wide = try names(job, registry: ToyJob.registry(adding: StageType(ToyAddOn<ToyWide>.self)))
    for other in [try names(job), wide] {
      #expect(changed(narrow, other) == ["fused", "kept", "sum", "scaled", "index"])
    }
    let again = try names(job, registry: ToyJob.registry(adding: StageType(ToyAddOn<ToyNarrow>.self)))
    #expect(changed(narrow, again).isEmpty)
  }

  @Test func aResourceCountsByItsContentNotByItsPlace() throws {
    let job = try ToyJob()
    try job.write("one", "x")
    try job.write("two", "x")
    let pipeline = ToyJob.pipeline.replacing("by: 2", with: "by: 2, table: DIR/one")
    let old = try names(job, pipeline)
    #expect(changed(old, try names(job, pipeline.replacing("DIR/one", with: "DIR/two"))).isEmpty)
    try job.write("one", "y")
    #expect(changed(old, try names(job, pipeline)) == ["kept", "sum", "scaled", "index"])
  }

  @Test func aChangedSplitChangesItsChunkAndWhatSumsItUp() throws {
    let job = try ToyJob()
    let old = try names(job)
    try job.write("b.txt", numbers: 20_000..<20_012)
    let new = try names(job)
    for stage in ["numbers", "fused", "kept", "sum"] {
      let (before, after) = (old.0.fingerprints(stage, in: old.1), new.0.fingerprints(stage, in: new.1))
      #expect(zip(before, after).map { $0 == $1 } == Array(repeating: true, count: 6) + [false, false, false])
    }
    // They take the sum.
    for stage in ["scaled", "index"] {
      #expect(Set(old.0.fingerprints(stage, in: old.1)).isDisjoint(with: new.0.fingerprints(stage, in: new.1)))
    }
  }

  @Test func movingAChunkDoesNotRenameIt() throws {
    let job = try ToyJob()
    let old = try names(job)
    let text = String(decoding: try ToyJob.bytes(job.root + "/a.txt"), as: UTF8.self)
    try job.write("a.txt", "901\n902\n903\n904\n" + text)
    let new = try names(job)
    let (before, after) = (old.0.fingerprints("kept", in: old.1), new.0.fingerprints("kept", in: new.1))
    // The first chunk was at the start of a file and is not any more; all others keep their names.
    #expect(after.count == before.count + 1)
    #expect(Array(after[2...]) == Array(before[1...]))
    #expect(!before.contains(after[0]) && !before.contains(after[1]))
  }

  @Test func portsCount() throws {
    let job = try ToyJob()
    let text = """
      numbers: {use: toy.read, input: DIR/a.txt}
      more: {use: toy.add, from: numbers, by: 1}
      one: {use: toy.subtract, left: numbers, right: more}
      two: {use: toy.subtract, left: more, right: numbers}
      three: {use: toy.subtract, left: numbers, right: more}
      """
    let (graph, names) = try names(job, text)
    #expect(Set(graph.fingerprints("one", in: names)).isDisjoint(with: graph.fingerprints("two", in: names)))
    #expect(graph.fingerprints("one", in: names) == graph.fingerprints("three", in: names))
  }

  @Test func withoutChunksTheArtifactStillCounts() throws {
    let job = try ToyJob()
    try job.write("a.txt", "")
    let text = """
      none: {use: toy.read, input: DIR/a.txt}
      other: {use: toy.read, input: DIR/b.txt}
      sum: {use: toy.sum, from: other}
      index: {use: toy.write, from: none, sum: sum}
      """
    let old = try names(job, text)
    try job.write("b.txt", numbers: 1...3)
    #expect(changed(old, try names(job, text)) == ["other", "sum", "index"])
  }
}
