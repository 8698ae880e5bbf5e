import Codecs
import Dataflow
import Foundation
import Kernels
import Testing

/// Rows of chunks that have changed are taken over; the bytes are those of computing everything.
@Suite struct RowReuseTests {
  private static let registry = [StageType(LineRead.self), StageType(LineWords.self)]
  private static let pipeline = """
    lines: {use: line.read, input: [DIR/lines.txt]}
    words: {use: line.words, from: lines}
    """

  private struct Outcome: Equatable {
    let batches: [Batch]
    let computed: Int
    let reused: Int
  }

  private func run(_ job: ToyJob, _ text: String, work name: String = "work", suffix: String = "") throws -> Outcome {
    try job.write("lines.txt", text)
    let stages = try ToyText.stages(
      Self.pipeline.replacing("DIR", with: job.root).replacing("from: lines", with: "from: lines\(suffix)"))
    let graph = try GraphBuilder(registry: Self.registry, indexDirectory: job.output).build(stages)
    let work = try WorkDirectory(job.root + "/" + name)
    defer { try? work.close() }
    let plan = try Planner(
      graph, splits: SplitCache.splits(of: graph, in: work), checkpoint: work, fresh: false
    ).plan()
    let run = Run(plan, work: work, settings: Run.Settings(workers: 2, memoryBytes: 256 << 20))
    _ = try run.execute()
    let node = try #require(graph.index(of: "words"))
    let batches = try plan.names.chunks[node].map { name in
      try BatchFile.read(work.absolute(try #require(work.piece(name))))
    }
    return Outcome(batches: batches, computed: run.rows.computed, reused: run.rows.reused)
  }

  @Test func onlyNewRowsAreComputedAndTheBytesAreThoseOfAFullRun() throws {
    let job = try ToyJob()
    var lines = (0..<100).map { "id\($0)\tword\($0 % 7) common word\($0 % 5) common rare\($0)\n" }
    let first = try run(job, lines.joined())
    #expect(first.computed == 100 && first.reused == 0)
    // An inserted line shifts every chunk.
    lines.insert("new\tword1 brand new common\n", at: 0)
    lines[50] = "id49\tanother text word3\n"
    lines.remove(at: 80)
    let second = try run(job, lines.joined())
    // Behind the removed line the two last chunks are what they were, and are not even looked at.
    #expect(second.computed == 2 && second.reused == 78)
    let full = try run(job, lines.joined(), work: "other")
    #expect(full.computed == 100 && full.reused == 0)
    #expect(second.batches == full.batches)
    #expect(try run(job, lines.joined()).computed == 0)
    // Another parameter is another stage: nothing is taken over.
    let other = try run(job, lines.joined(), suffix: ", minimum: 2")
    #expect(other.computed == 100 && other.reused == 0)
  }

  @Test func damagedRowsAreComputedAgain() throws {
    let job = try ToyJob()
    let lines = (0..<60).map { "id\($0)\tword\($0 % 7) common rare\($0)\n" }
    _ = try run(job, lines.joined())
    let chunks = job.root + "/work/chunks"
    for name in try FileManager.default.subpathsOfDirectory(atPath: chunks) {
      let path = chunks + "/" + name
      guard try FileSystem.status(path)?.isRegular == true else { continue }
      let content = try PositionalFile(path).read(at: 0, count: 1 << 20)
      guard content.count > 300 else { continue }
      var damaged = content
      damaged[200] ^= 0x40
      try FileAppender(creating: path).write(damaged)
    }
    let changed = "new\tfirst\n" + lines.joined()
    let second = try run(job, changed)
    #expect(second.batches == (try run(job, changed, work: "other").batches))
  }
}

/// `id<TAB>text` lines, ten a chunk.
private struct LineRead: SourceStage {
  static let type = RecordType("lines", columns: ["ids", "texts"], layout: [.rows, .rows])
  static let name = "line.read"
  static let version = 1
  static let summary = "lines"
  static let ports: [Dataflow.Port] = []
  static let output = StageOutput.stream(type)

  struct Parameters: DefaultedParameters {
    var input = ResourcePaths(paths: [])
  }

  let parameters: Parameters

  init(parameters: Parameters, environment: StageEnvironment) throws { self.parameters = parameters }

  private func content() throws -> [UInt8] {
    try parameters.input.paths.flatMap { try PositionalFile($0.path).read(at: 0, count: 1 << 30) }
  }

  func stateSign() throws -> Fingerprint { Fingerprint.of(try content()) }

  func splits() throws -> [SourceSplit] {
    let lines = try content().split(separator: 10).map { Array($0) + [10] }
    var offset = 0
    return stride(from: 0, to: lines.count, by: 10).map { first in
      let bytes = Array(lines[first..<min(first + 10, lines.count)].joined())
      defer { offset += bytes.count }
      return SourceSplit(
        file: "lines.txt", offset: offset, length: bytes.count, firstLine: first + 1,
        fingerprint: Fingerprint.of(bytes),
        lane: nil, locator: "")
    }
  }

  func read(_ split: SourceSplit) throws -> [UInt8] {
    Array(try content()[split.offset..<split.offset + split.length])
  }

  func decode(_ bytes: [UInt8], of split: SourceSplit) throws -> Batch {
    let lines = bytes.split(separator: 10).map { $0.split(separator: 9).map { Array($0) } }
    return Batch(
      Self.type, rows: lines.count,
      columns: [.strings(ByteStrings(lines.map { $0[0] })), .strings(ByteStrings(lines.map { $0[1] }))])
  }
}

/// Counts words. Its vocabulary is sorted, which the engine must undo.
private struct LineWords: MapStage {
  static let type = RecordType(
    "words and counts", columns: ["ids", "vocabulary", "offsets", "words", "counts", "size"],
    layout: [.rows, .vocabulary, .offsets, .words, .entries, .constant])
  static let name = "line.words"
  static let version = 1
  static let summary = "counts words"
  static let ports: [Dataflow.Port] = [.stream("from", LineRead.type)]
  static let output = StageOutput.stream(type)
  static let checkpointsByDefault = true

  struct Parameters: DefaultedParameters {
    var minimum = 1
  }

  let parameters: Parameters

  init(parameters: Parameters, environment: StageEnvironment) throws { self.parameters = parameters }

  func map(_ inputs: StageInputs) throws -> Batch {
    let batch = inputs.stream()
    guard case .strings(let ids) = batch.columns[0], case .strings(let texts) = batch.columns[1] else { return batch }
    let words = texts.map { Array($0).split(separator: 32).map { Array($0) } }
    let vocabulary = Set(words.joined()).sorted { $0.lexicographicallyPrecedes($1) }
    var offsets: [UInt32] = [0]
    var numbers: [UInt32] = []
    var counts: [UInt16] = []
    for row in words {
      var seen: [[UInt8]] = []
      for word in row where !seen.contains(word) {
        seen.append(word)
        let count = row.filter { $0 == word }.count
        guard count >= parameters.minimum else { continue }
        numbers.append(UInt32(vocabulary.firstIndex(of: word) ?? 0))
        counts.append(UInt16(count))
      }
      offsets.append(UInt32(numbers.count))
    }
    return Batch(
      Self.type, rows: ids.count,
      columns: [
        .strings(ids), .strings(ByteStrings(vocabulary)), .integers(offsets), .integers(numbers), .shorts(counts),
        .integers([7]),
      ])
  }
}
