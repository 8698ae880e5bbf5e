internal import Dataflow
internal import Foundation
internal import Synchronization

/// Listens to a run and keeps what its report shows: where time went, and when. Bounded, however long the run is: of the
/// chunks' work, that of every n-th chunk, of the pace, the sums of at most `Pace.limit` stretches of time.
final class RunTrace: Sendable {
  /// All work of a stage.
  struct StageWork: Codable, Sendable {
    var seconds = 0.0
    var pieces = 0
    var rows = 0
  }

  /// The beginning of a pass over the collection.
  struct PassStart: Codable, Sendable {
    let number: Int
    let seconds: Double
    let chunks: Int
  }

  /// What the report needs, as data: it outlives the run, for the report of a run that has nothing to do.
  struct Content: Codable, Sendable {
    var spans: [WorkSpan] = []
    /// Of the chunks' spans, those of every so many chunks are kept.
    var stride = 1
    var stages: [String: StageWork] = [:]
    var passes: [PassStart] = []
    var tokens = Pace()
    var textBytes = Pace()
    /// Warnings and notices, the first ones.
    var messages: [String] = []
    var messageCount = 0
    /// From the beginning to the last that was heard.
    var seconds = 0.0
    var workers = 0
    /// Seconds since 1970.
    var begun = Date().timeIntervalSince1970
    /// The largest memory of the process, bytes.
    var peakBytes = 0
  }

  let clock = RunClock()
  private let content: Mutex<Content>
  /// What progress said last, when work on the chunks that are not finished began, and the chunk of the last work: a
  /// chunk's end is told right after its last work.
  private struct Pending {
    var pass = 0
    var tokens = 0
    var bytes = 0
    var chunk = -1
    var begun: [Int: Double] = [:]
  }
  private let last = Mutex(Pending())

  static let spanLimit = 2400
  static let messageLimit = 40

  init(workers: Int) {
    var empty = Content()
    empty.workers = workers
    content = Mutex(empty)
  }

  func observe(_ event: RunEvent) {
    let now = clock.seconds
    content.withLock { content in
      content.seconds = max(content.seconds, now)
      switch event {
      case .passStarted(let number, _, let chunks, _):
        content.passes.append(PassStart(number: number, seconds: now, chunks: chunks))
        last.withLock { $0 = Pending(pass: number) }
      case .worked(let span):
        Self.add(span, to: &content)
        if let chunk = span.chunk {
          last.withLock { last in
            last.chunk = chunk
            last.begun[chunk] = min(last.begun[chunk] ?? span.start, span.start)
          }
        }
      case .progress(let progress): add(progress, now, to: &content)
      case .warning(let text), .notice(let text):
        content.messageCount += 1
        if content.messages.count < Self.messageLimit { content.messages.append(text) }
      case .reductionStarted, .reductionFinished: break
      }
    }
  }

  /// Does something that is no stage's work, such as the evaluation, and keeps how long it took.
  func timed<T>(_ name: String, _ body: () throws -> T) rethrows -> T {
    let start = clock.seconds
    defer { observe(.worked(WorkSpan(stage: name, pass: 0, unit: name, start: start, seconds: clock.seconds - start))) }
    return try body()
  }

  /// What has been heard until now.
  var soFar: Content {
    content.withLock { content in
      content.seconds = clock.seconds
      content.peakBytes = ProcessMemory.peakBytes
      return content
    }
  }

  private static func add(_ span: WorkSpan, to content: inout Content) {
    content.stages[span.stage, default: StageWork()].seconds += span.seconds
    content.stages[span.stage, default: StageWork()].pieces += 1
    content.stages[span.stage, default: StageWork()].rows += span.rows
    if let chunk = span.chunk, chunk % content.stride != 0 { return }
    content.spans.append(span)
    while content.spans.count > spanLimit {
      content.stride *= 2
      let before = content.spans.count
      content.spans.removeAll { span in span.chunk.map { $0 % content.stride != 0 } ?? false }
      // Nothing but work for all chunks: the oldest goes.
      if content.spans.count == before { content.spans.removeFirst(before - spanLimit) }
    }
  }

  private func add(_ progress: RunProgress, _ now: Double, to content: inout Content) {
    last.withLock { last in
      let start = last.begun.removeValue(forKey: last.chunk) ?? now
      content.tokens.add(Double(progress.tokens - last.tokens), from: start, to: now)
      content.textBytes.add(Double(progress.bytesDone - last.bytes), from: start, to: now)
      (last.tokens, last.bytes) = (progress.tokens, progress.bytesDone)
    }
  }
}

/// Amounts over time, as sums of stretches of equal length, which doubles when there are too many.
struct Pace: Codable, Sendable, Equatable {
  static let limit = 240
  /// Seconds of a stretch.
  private(set) var step = 0.05
  private(set) var sums: [Double] = []

  /// Adds an amount, evenly over the time in which it came.
  mutating func add(_ amount: Double, from start: Double, to end: Double) {
    guard amount > 0, end >= start, start >= 0 else { return }
    while Int(end / step) >= Self.limit { double() }
    let (first, last) = (Int(start / step), Int(end / step))
    if sums.count <= last { sums += [Double](repeating: 0, count: last + 1 - sums.count) }
    let span = end - start
    for index in first...last {
      let (low, high) = (max(start, Double(index) * step), min(end, Double(index + 1) * step))
      sums[index] += span > 0 ? amount * max(high - low, 0) / span : amount
    }
  }

  private mutating func double() {
    step *= 2
    sums = stride(from: 0, to: sums.count, by: 2).map { sums[$0] + ($0 + 1 < sums.count ? sums[$0 + 1] : 0) }
  }

  /// Amounts a second.
  var rates: [Double] { sums.map { $0 / step } }
}
