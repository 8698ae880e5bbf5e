internal import Codecs
internal import Kernels

/// The work on one chunk in one pass: its stages one after the other, fused, so that what lies between two of them is
/// never written unless the pipeline says so. Used by one thread at a time.
final class ChunkWork: @unchecked Sendable {
  // Sendable: the scheduler hands it from one thread to the next through a serial queue.
  let task: Plan.ChunkTask
  let split: SourceSplit
  private let plan: Plan
  private let work: WorkDirectory
  private let cache: ArtifactCache
  private let reuse: RowReuse
  private let warn: @Sendable (String) -> Void
  private let clock: RunClock
  /// From 1.
  private let pass: Int
  /// Nodes to compute, in topological order; finished inputs are loaded when they are asked for.
  let steps: [Int]
  private var remainingUses: [Int: Int] = [:]
  private var batches: [Int: Batch] = [:]
  /// The split's bytes, when the scheduler read them.
  var bytes: [UInt8]?
  private(set) var tokens = 0
  /// What has been done and not been told yet.
  private var spans: [WorkSpan] = []
  /// Finished files without a row.
  private var unrecorded: [Piece] = []
  /// Time worked since the last row, also at what is not written but led to those files.
  private var unrecordedSeconds = 0.0
  /// A transaction waits for the disk five times, so pieces of little work share one; of finished files no kill costs
  /// more work than this.
  private static let mostUnrecordedSeconds = 0.25

  init(
    _ task: Plan.ChunkTask, pass: Int, plan: Plan, work: WorkDirectory, cache: ArtifactCache, reuse: RowReuse,
    clock: RunClock, warn: @escaping @Sendable (String) -> Void
  ) {
    self.task = task
    self.plan = plan
    self.work = work
    self.cache = cache
    self.reuse = reuse
    self.warn = warn
    self.clock = clock
    self.pass = pass
    split = plan.splits[task.source][task.chunk]
    steps = Self.steps(task, plan.graph)
    for step in steps {
      for input in plan.graph.streamInputs(step) { remainingUses[input.node, default: 0] += 1 }
    }
  }

  /// Targets, and the stages that feed them and are not on disk.
  static func steps(_ task: Plan.ChunkTask, _ graph: Graph) -> [Int] {
    var needed = Set(task.targets)
    for node in graph.nodes.indices.reversed() where needed.contains(node) {
      for input in graph.streamInputs(node) where !graph.nodes[input.node].isMaterialized { needed.insert(input.node) }
    }
    return needed.sorted()
  }

  var readsSource: Bool { steps.contains(task.source) }

  var place: String { "\(split.file) bytes \(split.offset)..<\(split.offset + split.length)" }

  /// Computes some of `steps`, one after the other; the pieces that they finish are committed before this returns or
  /// throws. Returns the most bytes that the chunk occupied between two steps.
  func run(_ some: [Int]) throws -> Int {
    var peak = memoryBytes
    do {
      for step in some {
        try run(step)
        peak = max(peak, memoryBytes)
      }
    } catch {
      // What stopped the chunk is worth telling; if these rows cannot be written either, their work is done again.
      try? record()
      throw error
    }
    try record()
    return peak
  }

  private func run(_ step: Int) throws {
    let node = plan.graph.nodes[step]
    let start = clock.seconds
    var rows = 0
    do {
      if node.type.isReduction {
        rows = try contribute(step)
      } else {
        let batch = try compute(step)
        rows = batch.rows
        tokens = max(tokens, batch.tokens)
        if remainingUses[step, default: 0] > 0 { batches[step] = batch }
      }
      release(inputsOf: step)
      let seconds = clock.seconds - start
      spans.append(
        WorkSpan(stage: node.name, pass: pass, chunk: task.chunk, start: start, seconds: seconds, rows: rows))
      unrecordedSeconds += seconds
      if unrecordedSeconds > Self.mostUnrecordedSeconds { try record() }
    } catch let error as StageFailure {
      throw error
    } catch {
      throw StageFailure(stage: node.name, place: place, underlying: error)
    }
  }

  /// Commits the finished files: the rows that make them count.
  private func record() throws {
    guard let last = unrecorded.last else { return }
    let pieces = unrecorded
    unrecorded.removeAll()
    do {
      try work.insert(pieces)
      unrecordedSeconds = 0
    } catch {
      throw StageFailure(stage: last.stage, place: place, underlying: error)
    }
  }

  /// What has been done since this was asked last.
  func takeSpans() -> [WorkSpan] {
    defer { spans.removeAll() }
    return spans
  }

  /// Bytes that the chunk occupies between two steps.
  var memoryBytes: Int { batches.values.reduce(bytes?.count ?? 0) { $0 + $1.memoryBytes } }

  private func release(inputsOf step: Int) {
    for input in plan.graph.streamInputs(step) {
      remainingUses[input.node, default: 1] -= 1
      if remainingUses[input.node] == 0 { batches[input.node] = nil }
    }
  }

  private func compute(_ step: Int) throws -> Batch {
    let node = plan.graph.nodes[step]
    let batch: Batch
    var names: [RowName] = []
    switch node.stage {
    case let source as any SourceStage:
      let raw = try bytes ?? source.read(split)
      bytes = nil
      var decoded = named(try source.decode(raw, of: split), node.name)
      decoded.rejected.sort()
      batch = decoded
      try list(batch, step)
    case let map as any MapStage:
      let inputs = try inputs(of: step)
      var mapped: Batch
      if RowReuse.serves(node) {
        (mapped, names) = try reuse.map(map, step, inputs)
      } else {
        mapped = try map.map(inputs)
      }
      if mapped.tokens == 0 { mapped.tokens = inputs.tokens }
      mapped = named(mapped, node.name)
      mapped.rejected = Set(inputs.rejected).union(mapped.rejected).sorted()
      mapped.notices.merge(inputs.notices) { own, _ in own }
      batch = mapped
    default: preconditionFailure("`\(node.name)` is neither source nor map")
    }
    if node.isMaterialized { try commit(batch, names, step) }
    return batch
  }

  /// Writes the stage's name into the rejections that have none yet, and before the notices.
  private func named(_ batch: Batch, _ stage: String) -> Batch {
    var batch = batch
    var own = batch.rejected.filter(\.stage.isEmpty)
    for index in own.indices { own[index].stage = stage }
    batch.rejected = batch.rejected.filter { !$0.stage.isEmpty } + Rejection.summarized(own)
    batch.notices = Dictionary(uniqueKeysWithValues: batch.notices.map { ("\(stage): \($0.key)", $0.value) })
    return batch
  }

  private func inputs(of step: Int) throws -> StageInputs {
    var streams: [String: Batch] = [:]
    for input in plan.graph.streamInputs(step) { streams[input.port] = try batch(of: input.node) }
    var artifacts: [String: String] = [:]
    for input in plan.graph.artifactInputs(step) {
      artifacts[input.port] = try artifactPath(input.node)
    }
    return StageInputs(streams: streams, artifacts: artifacts, cache: cache)
  }

  private func artifactPath(_ node: Int) throws -> String {
    guard let name = plan.names.artifacts[node], let piece = work.piece(name) else {
      // Only on the way back from a damaged file: the plan had no use for the artifact.
      throw WorkLost(stage: plan.graph.nodes[node].name)
    }
    return work.absolute(piece)
  }

  private func batch(of node: Int) throws -> Batch {
    if let batch = batches[node] { return batch }
    guard plan.graph.nodes[node].isMaterialized else {
      // Only on the way back from a damaged file: what fed it was not planned to be computed.
      return try compute(node)
    }
    if let batch = try load(node) { return batch }
    let batch = try compute(node)
    // Who asks for it next finds it on disk.
    try record()
    return batch
  }

  /// A finished batch from disk; `nil`, after its row is dropped, if the file is gone or damaged.
  private func load(_ node: Int) throws -> Batch? {
    let name = plan.names.chunks[node][task.chunk]
    guard let piece = work.piece(name) else { return nil }
    do {
      var batch = try BatchFile.read(work.absolute(piece))
      batch.rejected = piece.rejected
      batch.notices = piece.notices
      return batch
    } catch let error as FormatError {
      warn("\(error); computing it again")
    } catch let error as FileError where error.exitCode == .noInput {
      warn("\(error); computing it again")
    }
    try work.remove([name])
    return nil
  }

  /// Notes which documents the chunk has, once.
  private func list(_ batch: Batch, _ step: Int) throws {
    let name = DocumentListing.name(of: plan.names.chunks[step][task.chunk])
    guard work.piece(name) == nil, case .stream(let type) = plan.graph.nodes[step].type.output,
      let entries = DocumentListing.entries(of: batch, type)
    else { return }
    let file = try work.place(for: name)
    let seal = try DocumentListing.write(entries, to: work.path + "/" + file, attempt: work.nextAttempt())
    unrecorded.append(
      Piece(
        fingerprint: name, stage: plan.graph.nodes[step].name, file: file, seal: seal, rows: entries.count, tokens: 0,
        rejected: []))
  }

  private func commit(_ batch: Batch, _ names: [RowName], _ step: Int) throws {
    let name = plan.names.chunks[step][task.chunk]
    let file = try work.place(for: name)
    let seal = try BatchFile.write(batch, names: names, to: work.path + "/" + file, attempt: work.nextAttempt())
    unrecorded.append(
      Piece(
        fingerprint: name, stage: plan.graph.nodes[step].name, file: file, seal: seal, rows: batch.rows,
        tokens: batch.tokens, rejected: batch.rejected, notices: batch.notices))
  }

  /// Returns the records that reached the stage.
  private func contribute(_ step: Int) throws -> Int {
    guard let reduce = plan.graph.nodes[step].stage as? any ReduceStage else {
      preconditionFailure("`\(plan.graph.nodes[step].name)` is no reduction")
    }
    let inputs = try inputs(of: step)
    tokens = max(tokens, inputs.tokens)
    let name = plan.names.chunks[step][task.chunk]
    let file = try work.place(for: name)
    let seal = try reduce.contribute(inputs, to: work.path + "/" + file, attempt: work.nextAttempt())
    let rows = plan.graph.streamInputs(step).first.flatMap { inputs.has($0.port) ? inputs.stream($0.port).rows : nil }
    unrecorded.append(
      Piece(
        fingerprint: name, stage: plan.graph.nodes[step].name, file: file, seal: seal, rows: rows ?? 0,
        tokens: inputs.tokens, rejected: inputs.rejected, notices: inputs.notices))
    return rows ?? 0
  }
}
