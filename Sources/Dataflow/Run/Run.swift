internal import Codecs
internal import Dispatch
internal import Kernels
internal import Synchronization

/// Carries out a plan: pass after pass, in each the chunk tasks and then the reductions that they complete.
///
/// Whatever it has finished stays finished: after a crash, a signal or an error, a new plan holds only what is missing.
package final class Run: Sendable {
  package struct Settings: Sendable {
    package let workers: Int
    /// Bytes that the whole process should not exceed.
    package let memoryBytes: Int
    package let observe: @Sendable (RunEvent) -> Void
    /// From when on time counts.
    package let clock: RunClock

    package init(
      workers: Int, memoryBytes: Int, clock: RunClock = RunClock(),
      observe: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) {
      self.workers = workers
      self.memoryBytes = memoryBytes
      self.clock = clock
      self.observe = observe
    }
  }

  /// What the process occupies before it holds any chunk, bytes: code, SQLite, tables.
  private static let baseBytes = 96 << 20

  private let plan: Plan
  private let work: WorkDirectory
  private let settings: Settings
  private let cache = ArtifactCache()
  private let draining = Mutex(false)
  private let telling = Mutex(())
  /// When the progress was last noted with a commit of its own.
  private let noted = Mutex(-Double.infinity)
  private static let secondsBetweenNotes = 0.5
  private let reuse: RowReuse

  package init(_ plan: Plan, work: WorkDirectory, settings: Settings) {
    self.plan = plan
    self.work = work
    self.settings = settings
    reuse = RowReuse(plan, work: work, memoryBytes: max(settings.memoryBytes - Self.baseBytes, 32 << 20))
  }

  /// Rows that went through expensive stages, and rows that were taken over from earlier runs.
  package var rows: (computed: Int, reused: Int) { (reuse.tally.computed, reuse.tally.reused) }

  /// Asks the run to stop: no new chunk is begun, those in work end. Safe from any thread.
  package func drain() { draining.withLock { $0 = true } }

  private var isDraining: Bool { draining.withLock { $0 } }

  private var usableBytes: Int { max(settings.memoryBytes - Self.baseBytes, 32 << 20) }

  /// Runs the plan; returns the finished index folder of each sink, by node. Throws `StageFailure`, `Drained`.
  package func execute() throws -> [Int: String] {
    let descriptions = plan.graph.nodes.map(\.description)
    let untouched = stagesFinishedBefore()
    try work.remember(descriptions, finished: untouched)
    var indexes = plan.finishedIndexes
    for (position, pass) in plan.passes.enumerated() {
      try run(pass, position)
      for (node, folder) in try reduce(pass, position) { indexes[node] = folder }
      cache.removeAll()
    }
    let finished = plan.stages.filter { $0.reused + $0.running > 0 || $0.combines }.map(\.name)
    try work.remember(descriptions, finished: untouched.union(finished))
    for (node, entry) in plan.graph.nodes.enumerated() where entry.type.isSource {
      try work.setNote(
        DocumentChanges.noteKey(entry.name), WorkDirectory.encode(plan.names.chunks[node].map(DocumentListing.name)))
    }
    return indexes
  }

  /// Stages of which an earlier run finished everything and that this one leaves alone.
  private func stagesFinishedBefore() -> Set<String> {
    Set(
      zip(plan.graph.nodes, plan.stages).filter { node, stage in
        stage.running == 0 && !stage.combines && work.finishedStages.contains(stage.name)
          && work.description(of: stage.name) == node.description
      }.map(\.1.name))
  }

  private func run(_ pass: Plan.Pass, _ position: Int) throws {
    if pass.tasks.isEmpty { return }
    let stages = Set(pass.tasks.flatMap(\.targets)).sorted().map { plan.graph.nodes[$0].name }
    observe(
      .passStarted(number: position + 1, of: plan.passes.count, chunks: pass.tasks.count, stages: stages))
    var progress = RunProgress()
    progress.pass = position + 1
    progress.passes = plan.passes.count
    progress.stage = stages.joined(separator: ", ")
    progress.chunks = pass.tasks.count
    progress.bytes = pass.tasks.reduce(0) { $0 + plan.splits[$1.source][$1.chunk].length }
    progress.workers = settings.workers
    try PassScheduler(
      plan, pass: pass, progress: progress,
      settings: PassScheduler.Settings(
        workers: settings.workers, memoryBytes: usableBytes, isDraining: { [self] in isDraining },
        observe: { [self] in observe($0) },
        prepare: { [self] in chunkWork($0, position) })
    ).run()
  }

  /// Passes events on, one at a time, and notes the progress where `status` finds it.
  private func observe(_ event: RunEvent) {
    if case .progress(let progress) = event { note(progress) }
    telling.withLock { _ in settings.observe(event) }
  }

  /// A commit costs more than a small chunk: of chunks that end one after the other the progress goes with the next
  /// pieces. The last of a pass is noted at once, for combining may take long.
  private func note(_ progress: RunProgress) {
    let text = WorkDirectory.encode(progress)
    let now = settings.clock.seconds
    let isDue = noted.withLock { last in
      guard now - last > Self.secondsBetweenNotes || progress.chunksDone == progress.chunks else { return false }
      last = now
      return true
    }
    if isDue { try? work.setNote("progress", text) } else { work.setNoteWithNextCommit("progress", text) }
  }

  private func chunkWork(_ task: Plan.ChunkTask, _ position: Int) -> ChunkWork {
    ChunkWork(
      task, pass: position + 1, plan: plan, work: work, cache: cache, reuse: reuse, clock: settings.clock,
      warn: { [self] in observe(.warning($0)) })
  }

  /// Does something once for all chunks, and tells how long it took.
  private func timed<T>(_ node: Int, _ position: Int, _ unit: String, _ body: () throws -> T) rethrows -> T {
    let start = settings.clock.seconds
    let result = try body()
    observe(
      .worked(
        WorkSpan(
          stage: plan.graph.nodes[node].name, pass: position + 1, unit: unit, start: start,
          seconds: settings.clock.seconds - start)))
    return result
  }

  private func reduce(_ pass: Plan.Pass, _ position: Int) throws -> [Int: String] {
    var indexes: [Int: String] = [:]
    for node in pass.reductions {
      if isDraining { throw Drained() }
      let name = plan.graph.nodes[node].name
      observe(.reductionStarted(stage: name))
      do {
        if let fit = plan.graph.nodes[node].stage as? any FitStage {
          try timed(node, position, "combine") { try combine(fit, node, position) }
        }
        if let sink = plan.graph.nodes[node].stage as? any SinkStage {
          indexes[node] = try build(sink, node, position)
        }
      } catch let error as Drained {
        throw error
      } catch let error as StageFailure {
        throw error
      } catch {
        throw StageFailure(stage: name, place: "combining \(plan.names.chunks[node].count) chunks", underlying: error)
      }
      observe(.reductionFinished(stage: name))
    }
    return indexes
  }

  private func combine(_ fit: any FitStage, _ node: Int, _ position: Int) throws {
    guard let name = plan.names.artifacts[node] else { return }
    try withReduction(node, name, position, memoryBytes: usableBytes) { reduction in
      let file = try work.place(for: name)
      let seal = try fit.combine(reduction, to: work.path + "/" + file, attempt: work.nextAttempt())
      // No rows: its contributions have them, and who adds up a stage's pieces counts them once.
      try work.insert([
        Piece(
          fingerprint: name, stage: plan.graph.nodes[node].name, file: file, seal: seal, rows: 0, tokens: 0,
          rejected: [])
      ])
    }
  }

  private func build(_ sink: any SinkStage, _ node: Int, _ position: Int) throws -> String? {
    guard let name = plan.names.artifacts[node] else { return nil }
    var folder: String?
    try withReduction(node, name, position, memoryBytes: usableBytes / max(settings.workers, 1)) { reduction in
      try runUnits(sink, reduction, node, position)
      folder = try timed(node, position, "finish") { try sink.finish(reduction) }
      try work.setNote("index of \(plan.graph.nodes[node].name)", name.description)
    }
    return folder
  }

  /// Runs the sink's units on the workers; the first failure, in the units' order, is thrown after all have ended.
  private func runUnits(_ sink: any SinkStage, _ reduction: Reduction, _ node: Int, _ position: Int) throws {
    let units = try sink.units(reduction)
    let failures = Mutex<[Int: any Error]>([:])
    let next = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: min(settings.workers, max(units.count, 1))) { _ in
      while true {
        let index = next.withLock { next -> Int in
          defer { next += 1 }
          return next
        }
        guard index < units.count, failures.withLock({ $0.isEmpty }) else { return }
        do {
          try reduction.checkCancellation()
          try timed(node, position, units[index]) { try sink.run(unit: units[index], reduction) }
        } catch {
          failures.withLock { $0[index] = error }
        }
      }
    }
    if let first = failures.withLock({ $0.min { $0.key < $1.key } }) { throw first.value }
  }

  private func withReduction(
    _ node: Int, _ name: Fingerprint, _ position: Int, memoryBytes: Int, _ body: (Reduction) throws -> Void
  ) throws {
    let spill = work.spillDirectory + "/" + plan.graph.nodes[node].name
    try FileSystem.removeTree(spill)
    try FileSystem.createDirectories(spill)
    defer { try? FileSystem.removeTree(spill) }
    let splits = plan.splits[plan.graph.nodes[node].source]
    guard let source = plan.graph.nodes[plan.graph.nodes[node].source].stage as? any SourceStage else {
      preconditionFailure("every stage begins at a source")
    }
    try checkContributions(of: node, position)
    let contributions = try plan.names.chunks[node].enumerated().map { chunk, fingerprint in
      guard let piece = work.piece(fingerprint) else { throw WorkLost(stage: plan.graph.nodes[node].name) }
      return Reduction.Contribution(
        path: work.absolute(piece), split: splits[chunk], rows: piece.rows, rejected: piece.rejected,
        notices: piece.notices)
    }
    try body(
      Reduction(
        fingerprint: name, contributions: contributions, artifacts: artifacts(of: node), spillDirectory: spill,
        memoryBytes: memoryBytes, cache: cache, isDraining: { [self] in isDraining },
        tell: { [self] in observe(.notice($0)) },
        source: source))
  }

  /// A contribution that was finished by an earlier run may have been damaged since: it is computed again. Those of this
  /// run are not read once more.
  private func checkContributions(of node: Int, _ position: Int) throws {
    let names = plan.names.chunks[node]
    let damaged = Mutex<[Int]>([])
    let stride = settings.workers
    DispatchQueue.concurrentPerform(iterations: min(stride, names.count)) { [self] first in
      for chunk in Swift.stride(from: first, to: names.count, by: stride) {
        guard let piece = work.piece(names[chunk]), !work.isOfThisRun(names[chunk]) else { continue }
        if (try? FileSeal.measure(work.absolute(piece))) == piece.seal { continue }
        damaged.withLock { $0.append(chunk) }
      }
    }
    for chunk in damaged.withLock({ $0.sorted() }) {
      if let piece = work.piece(names[chunk]) {
        observe(.warning("\(work.absolute(piece)) is damaged; computing it again"))
      }
      try work.remove([names[chunk]])
      let task = Plan.ChunkTask(source: plan.graph.nodes[node].source, chunk: chunk, targets: [node])
      let again = chunkWork(task, position)
      _ = try again.run(again.steps)
    }
  }

  private func artifacts(of node: Int) -> [String: String] {
    var paths: [String: String] = [:]
    for input in plan.graph.artifactInputs(node) {
      if let name = plan.names.artifacts[input.node], let piece = work.piece(name) {
        paths[input.port] = work.absolute(piece)
      }
    }
    return paths
  }
}
