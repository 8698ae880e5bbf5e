internal import Codecs
internal import Dataflow
internal import Foundation
internal import Kernels
internal import Shards
internal import Stages
internal import Synchronization

/// A job run to its end over a small part of its collection, in a folder that is thrown away, and what it took. It is
/// the real thing: the same engine, stages, workers, files and calls to make them durable.
struct SampleRun {
  /// Bytes of text, all chunks together.
  let bytes: Int
  let chunks: Int
  /// Worker-seconds by stage and pass, of the chunks' work.
  let chunkSeconds: [StagePass: Double]
  /// Seconds by stage, of what is done for all chunks together; the units of an index on all workers.
  let reductionSeconds: [String: Double]
  /// Bytes on disk by stage, of the chunks' files, and of artifacts.
  let stored: [String: Int]
  let artifacts: [String: Int]
  /// Bytes by name of the index's files.
  let index: [String: Int]
  let evaluationSeconds: Double
  /// From beginning to end.
  let seconds: Double
  /// The largest memory while chunks were in work, while they were combined, while the index was searched.
  let memory: PhaseMemory

  struct StagePass: Hashable {
    let stage: String
    /// The graph's number of the pass.
    let pass: Int
  }

  /// - Parameter bytes: of text in each of the chunks, one for each worker.
  static func measure(
    _ session: JobView, bytes: Int, workers: Int, evaluator: JobEvaluator?
  ) throws -> SampleRun {
    let scratch = try session.scratch()
    defer { withExtendedLifetime(scratch) {} }
    let folder = scratch.path
    let output = folder + "/index"
    try FileSystem.createDirectories(output)
    let graph = try GraphBuilder.redirecting(
      session.graph, to: output, recordLimit: session.job.file.limits.record.bytes)
    let splits = try sample(session, bytes: bytes, workers: workers)
    let work = try WorkDirectory(folder + "/work")
    let plan = try Planner(graph, splits: splits, checkpoint: work, fresh: true).plan()
    FreedMemory.giveBack()
    let phases = PhaseMemory.Meter()
    let spans = Mutex<[WorkSpan]>([])
    let clock = RunClock()
    let run = Run(
      plan, work: work,
      settings: Run.Settings(
        workers: workers, memoryBytes: session.job.file.budget.memory.bytes, clock: clock,
        observe: { event in
          if case .worked(let span) = event { spans.withLock { $0.append(span) } }
          phases.observe(event)
        }))
    let built = try run.execute().values.first
    try ModelLocations.record(session.models, in: output)
    phases.begin(.search)
    let searching = clock.seconds
    let evaluation = try built.flatMap { built in
      try evaluator.map { try evaluate($0, built, workers, seconds: { clock.seconds - searching }) }
    }
    phases.begin(.none)
    let sample = SampleRun(
      plan, spans.withLock { $0 }, work: work, index: try built.map { try sizes(of: $0) } ?? [:], workers: workers,
      evaluation: evaluation?.all ?? 0, seconds: searching + (evaluation?.all ?? 0), memory: phases.memory)
    try work.close()
    return sample
  }

  /// How many queries are searched for, at most.
  private static let queries = 64

  /// Seconds that all queries take, by those of one, which loads what is loaded once, and of some.
  private static func evaluate(
    _ evaluator: JobEvaluator, _ index: String, _ workers: Int, seconds: () -> Double
  ) throws -> (one: Double, all: Double) {
    // An index of a part of the collection may have no answer to a judged query, which an evaluation refuses.
    _ = try? evaluator.limited(to: 1).evaluate(index, threads: workers)
    let one = seconds()
    _ = try? evaluator.limited(to: queries).evaluate(index, threads: workers)
    let some = max(seconds() - one, one)
    let count = min(evaluator.queryCount, queries)
    guard count > 1 else { return (one, one) }
    return (one, one + (some - one) * Double(evaluator.queryCount - 1) / Double(count - 1))
  }

  private init(
    _ plan: Plan, _ spans: [WorkSpan], work: WorkDirectory, index: [String: Int], workers: Int, evaluation: Double,
    seconds: Double, memory: PhaseMemory
  ) {
    bytes = plan.bytes
    chunks = plan.chunks
    self.index = index
    self.seconds = seconds
    self.memory = memory
    evaluationSeconds = evaluation
    let ofChunks = spans.filter { $0.chunk != nil }
    chunkSeconds = Dictionary(grouping: ofChunks) { StagePass(stage: $0.stage, pass: plan.passes[$0.pass - 1].number) }
      .mapValues { $0.reduce(0) { $0 + $1.seconds } }
    reductionSeconds = Dictionary(grouping: spans.filter { $0.chunk == nil }, by: \.stage).mapValues { spans in
      let units = spans.filter { !["combine", "finish"].contains($0.unit) }.map(\.seconds)
      return Growth.makespan(units, workers: workers)
        + spans.filter { ["combine", "finish"].contains($0.unit) }.reduce(0) { $0 + $1.seconds }
    }
    let whole = Set(plan.names.artifacts.compactMap { $0 })
    func byStage(_ pieces: [Piece]) -> [String: Int] {
      Dictionary(grouping: pieces, by: \.stage).mapValues { $0.reduce(0) { $0 + $1.seal.size } }
    }
    stored = byStage(work.pieces.filter { !whole.contains($0.fingerprint) })
    artifacts = byStage(work.pieces.filter { whole.contains($0.fingerprint) })
  }

  private static func sizes(of folder: String) throws -> [String: Int] {
    try Manifest.read(from: folder).allFiles.reduce(into: [:]) { sizes, file in
      sizes[FileSystem.lastComponent(of: file.path), default: 0] += file.seal.size
    }
  }

  /// Parts of as many chunks as there are workers, or of more where chunks are small, evenly from the collection; of a
  /// compressed file the first ones, for what lies before a chunk has to be unpacked.
  private static func sample(_ session: JobView, bytes: Int, workers: Int) throws -> [[SourceSplit]] {
    try session.splits.enumerated().map { node, splits in
      guard let source = session.graph.nodes[node].stage as? any SourceStage, !splits.isEmpty else { return splits }
      let mean = max(splits.reduce(0) { $0 + $1.length } / splits.count, 1)
      let count = min(max(workers, (bytes * workers + mean - 1) / mean), splits.count)
      let isPacked = splits.contains { $0.lane != nil }
      return try (0..<count).map { index in
        let place = isPacked ? index : splits.count * (2 * index + 1) / (2 * count)
        return try source.head(of: splits[place], bytes: bytes)
      }
    }
  }
}

/// The largest memory of the process in the parts of a run, bytes.
struct PhaseMemory {
  enum Phase { case none, chunks, reductions, search }

  var chunks = 0
  var reductions = 0
  var search = 0

  /// Asks Linux for the peak at the end of each phase, and begins a new one.
  final class Meter: Sendable {
    private let state = Mutex((phase: Phase.none, memory: PhaseMemory()))

    func observe(_ event: RunEvent) {
      switch event {
      case .passStarted: begin(.chunks)
      case .reductionStarted: begin(.reductions)
      default: break
      }
    }

    func begin(_ phase: Phase) {
      state.withLock { state in
        let peak = ProcessMemory.peakBytes
        switch state.phase {
        case .none: break
        case .chunks: state.memory.chunks = max(state.memory.chunks, peak)
        case .reductions: state.memory.reductions = max(state.memory.reductions, peak)
        case .search: state.memory.search = max(state.memory.search, peak)
        }
        ProcessMemory.forgetPeak()
        state.phase = phase
      }
    }

    var memory: PhaseMemory { state.withLock { $0.memory } }
  }
}
