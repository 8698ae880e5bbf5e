internal import Dispatch
internal import Kernels
internal import Synchronization

/// Runs the chunk tasks of one pass on Dispatch's threads: decisions one after the other on a serial queue, work in
/// parallel.
///
/// A task's steps are grouped: neighbours without a `concurrency` of their own run as one block on one worker; a stage
/// that has one is a group by itself and waits for its turn. Chunks that are further on go first, and a new chunk is
/// begun only when a worker is free, fewer than `queueLength` chunks wait, and the memory budget holds: the queues are
/// bounded. Parts of one compressed file are read in order on a lane of their own.
final class PassScheduler: @unchecked Sendable {
  // Sendable: every mutable property is used on `decisions` alone.

  /// A chunk on its way through the groups.
  private final class Item {
    let order: Int
    let work: ChunkWork
    let groups: [[Int]]
    var next = 0
    /// How often each stage has failed on it.
    var failures: [Int: Int] = [:]
    var reserved: Int
    init(order: Int, work: ChunkWork, groups: [[Int]], reserved: Int) {
      self.order = order
      self.work = work
      self.groups = groups
      self.reserved = reserved
    }
  }

  struct Settings: Sendable {
    let workers: Int
    /// Bytes for all chunks in work together.
    let memoryBytes: Int
    let isDraining: @Sendable () -> Bool
    let observe: @Sendable (RunEvent) -> Void
    let prepare: @Sendable (Plan.ChunkTask) -> ChunkWork
  }

  private let plan: Plan
  private let pass: Plan.Pass
  private let settings: Settings
  private let decisions = DispatchQueue(label: "bigrain.decisions")
  private let workers = DispatchQueue(label: "bigrain.workers", attributes: .concurrent)
  private let done = DispatchSemaphore(value: 0)
  private var lanes: [String: DispatchQueue] = [:]
  private var nextTask = 0
  private var ready: [Item] = []
  private var reading = 0
  private var running = 0
  private var runningByStage: [Int: Int] = [:]
  private var inWork = 0
  private var reserved = 0
  /// Bytes in memory for each byte of a chunk's text; grows to the largest seen.
  private var expansion = 12.0
  private var failure: (order: Int, error: any Error)?
  private var progress: RunProgress
  private let started = DispatchTime.now()

  init(_ plan: Plan, pass: Plan.Pass, progress: RunProgress, settings: Settings) {
    self.plan = plan
    self.pass = pass
    self.settings = settings
    self.progress = progress
  }

  private var queueLength: Int { 2 * settings.workers }

  /// Runs every task. Throws the failure of the first chunk, in collection order, that failed, or `Drained`; what was
  /// in work has then ended.
  func run() throws {
    decisions.async { self.decide() }
    done.wait()
    waitForBlocks()
    if let failure { throw failure.error }
    if nextTask < pass.tasks.count { throw Drained() }
  }

  /// Lets the last blocks go: they hold the work directory, and with it its lock.
  private func waitForBlocks() {
    workers.sync(flags: .barrier) {}
    for lane in lanes.values { lane.sync {} }
    decisions.sync {}
  }

  /// Starts all that may start now, or notices the end.
  private func decide() {
    while running < settings.workers, let item = takeReady() { start(item) }
    while mayBegin { begin() }
    if inWork == 0 && (nextTask == pass.tasks.count || isStopping) { done.signal() }
  }

  private var isStopping: Bool { failure != nil || settings.isDraining() }

  /// The chunk that is furthest on among those whose next group may run.
  private func takeReady() -> Item? {
    if failure != nil {
      inWork -= ready.count
      ready.removeAll()
    }
    let candidates = ready.indices.filter { mayRun(ready[$0]) }
    let best = candidates.min { (-ready[$0].next, ready[$0].order) < (-ready[$1].next, ready[$1].order) }
    return best.map { ready.remove(at: $0) }
  }

  private func mayRun(_ item: Item) -> Bool {
    guard let stage = item.groups[item.next].first, let limit = plan.graph.nodes[stage].concurrency else { return true }
    return runningByStage[stage, default: 0] < limit
  }

  private var mayBegin: Bool {
    guard !isStopping, nextTask < pass.tasks.count, running + reading < settings.workers, ready.count < queueLength
    else { return false }
    return inWork == 0 || reserved + estimate(pass.tasks[nextTask]) <= settings.memoryBytes
  }

  private func estimate(_ task: Plan.ChunkTask) -> Int {
    Int(Double(plan.splits[task.source][task.chunk].length) * expansion) + 65536
  }

  private func begin() {
    let task = pass.tasks[nextTask]
    let work = settings.prepare(task)
    let item = Item(order: nextTask, work: work, groups: groups(of: work.steps), reserved: estimate(task))
    nextTask += 1
    inWork += 1
    reserved += item.reserved
    if let lane = work.split.lane, work.readsSource {
      read(item, lane)
    } else if mayRun(item) {
      start(item)
    } else {
      ready.append(item)
    }
  }

  private func groups(of steps: [Int]) -> [[Int]] {
    var groups: [[Int]] = []
    var joins = false
    for step in steps {
      let limited = plan.graph.nodes[step].concurrency != nil
      if joins && !limited { groups[groups.count - 1].append(step) } else { groups.append([step]) }
      joins = !limited
    }
    return groups
  }

  private func read(_ item: Item, _ lane: String) {
    reading += 1
    let queue = lanes[lane] ?? DispatchQueue(label: "bigrain.lane")
    lanes[lane] = queue
    let work = item.work
    guard let source = plan.graph.nodes[work.task.source].stage as? any SourceStage else { return }
    let order = item.order
    waiting[order] = item
    queue.async {
      let result = Result { try source.read(work.split) }
      self.decisions.async { self.finishReading(order, result) }
    }
  }

  /// Items whose text is being read, by order.
  private var waiting: [Int: Item] = [:]

  private func finishReading(_ order: Int, _ result: Result<[UInt8], any Error>) {
    guard let item = waiting.removeValue(forKey: order) else { return }
    reading -= 1
    switch result {
    case .success(let bytes):
      item.work.bytes = bytes
      ready.append(item)
    case .failure(let error):
      let stage = plan.graph.nodes[item.work.task.source].name
      retryOrFail(item, StageFailure(stage: stage, place: item.work.place, underlying: error))
    }
    decide()
  }

  private func start(_ item: Item) {
    let group = item.groups[item.next]
    running += 1
    for stage in group { runningByStage[stage, default: 0] += 1 }
    let work = item.work
    let order = item.order
    active[order] = item
    workers.async {
      let begun = DispatchTime.now()
      let result = Result { try work.run(group) }
      let seconds = Self.seconds(since: begun)
      self.decisions.async { self.finish(order, result, seconds: seconds) }
    }
  }

  /// Items on a worker, by order.
  private var active: [Int: Item] = [:]

  private static func seconds(since begun: DispatchTime) -> Double {
    Double(DispatchTime.now().uptimeNanoseconds - begun.uptimeNanoseconds) / 1e9
  }

  /// - Parameter result: the most bytes that the chunk occupied.
  private func finish(_ order: Int, _ result: Result<Int, any Error>, seconds: Double) {
    guard let item = active.removeValue(forKey: order) else { return }
    running -= 1
    progress.busySeconds += seconds
    for span in item.work.takeSpans() { settings.observe(.worked(span)) }
    for stage in item.groups[item.next] { runningByStage[stage, default: 1] -= 1 }
    switch result {
    case .success(let peak):
      // Twice what lies between two steps: a step holds its input and its output.
      expansion = max(expansion, 2 * Double(peak) / Double(max(item.work.split.length, 1 << 16)))
      advance(item)
    case .failure(let error): retryOrFail(item, error)
    }
    decide()
  }

  private func advance(_ item: Item) {
    item.next += 1
    if item.next < item.groups.count {
      ready.append(item)
      return
    }
    end(item)
    progress.chunksDone += 1
    progress.bytesDone += item.work.split.length
    progress.tokens += item.work.tokens
    progress.seconds = Self.seconds(since: started)
    settings.observe(.progress(progress))
  }

  private func retryOrFail(_ item: Item, _ error: any Error) {
    guard let stageFailure = error as? StageFailure, let stage = plan.graph.index(of: stageFailure.stage),
      Self.mayPass(stageFailure.underlying)
    else { return fail(item, error) }
    let allowed = plan.graph.nodes[stage].retries
    let failures = item.failures[stage, default: 0] + 1
    guard failures <= allowed, failure == nil else { return fail(item, error) }
    item.failures[stage] = failures
    settings.observe(.warning("\(error); trying again, \(failures) of \(allowed)"))
    restart(item)
  }

  /// A chunk that is tried again begins anew: half of its batches may be gone.
  private func restart(_ item: Item) {
    let work = settings.prepare(item.work.task)
    let fresh = Item(order: item.order, work: work, groups: item.groups, reserved: item.reserved)
    fresh.failures = item.failures
    if let lane = work.split.lane, work.readsSource { read(fresh, lane) } else { ready.append(fresh) }
  }

  /// Errors of the moment: another try may find them gone. A full disk is not one.
  private static func mayPass(_ error: any Error) -> Bool {
    guard let error = error as? FileError else { return false }
    return !error.isDiskFull && [.inputOutput, .tryAgain].contains(error.exitCode)
  }

  private func fail(_ item: Item, _ error: any Error) {
    end(item)
    if failure == nil || item.order < failure!.order { failure = (item.order, error) }
  }

  private func end(_ item: Item) {
    inWork -= 1
    reserved -= item.reserved
  }
}
