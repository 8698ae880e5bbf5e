internal import Codecs
internal import Foundation
internal import Kernels

/// One child process: frames go in, answers come out by the number of their batch, in any order.
///
/// Any number of threads may send and wait. A thread of its own starts the child, reads its output and stays until it is
/// gone (see `ChildProcess`); another copies its standard error. The first thing that goes wrong is the worker's
/// failure: the child is killed, every batch that it owes fails with it, and the worker is of no more use.
final class BackendWorker: @unchecked Sendable {
  // Sendable: `state` is used under `condition` alone; all else is immutable.

  /// A batch that was sent.
  private struct Pending {
    let count: Int
    var answer: Frame?
    /// Its caller has given up: the answer is dropped when it comes.
    var isAbandoned = false
  }

  private struct State {
    var process: ChildProcess?
    var greeting: Greeting?
    var vocabulary = ByteStrings()
    var isReady = false
    var pending: [UInt64: Pending] = [:]
    var nextSequence: UInt64 = 1
    var failure: BackendError?
    var isStopping = false
    var hasEnded = false
    /// When something was last received, or sent while nothing was owed.
    var lastProgress = ContinuousClock.now
    var lastWords = ""
  }

  private let description: BackendDescription
  private let log: WorkerLog
  private let condition = NSCondition()
  private var state = State()
  /// Held while a frame is written: frames do not mix.
  private let writing = NSLock()

  /// Starts the child without waiting for its greeting.
  init(_ description: BackendDescription, log: WorkerLog) {
    self.description = description
    self.log = log
    Thread.detachNewThread { self.keep() }
  }

  // MARK: Callers' side

  /// What it said of itself. Throws its failure, or `.failed` when it has not greeted in time.
  func greeting() throws -> (Greeting, vocabulary: ByteStrings) {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let failure = state.failure { throw failure }
      if state.isReady, let greeting = state.greeting { return (greeting, state.vocabulary) }
      try waitForProgress(seconds: description.startSeconds, "it has not greeted in")
    }
  }

  /// Batches that it owes.
  var owed: Int { condition.withLock { state.pending.count } }

  var failure: BackendError? { condition.withLock { state.failure } }

  /// Sends a batch, as soon as fewer than the worker's limit are in flight. Returns the batch's number.
  func send(_ kind: Frame.Kind, side: Frame.Side, count: Int, payload: [UInt8], inFlight: Int) throws -> UInt64 {
    let sequence = try reserve(count: count, inFlight: inFlight)
    try write(Frame(kind, side: side, sequence: sequence, count: count, payload: payload).bytes)
    return sequence
  }

  private func reserve(count: Int, inFlight: Int) throws -> UInt64 {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let failure = state.failure { throw failure }
      let unanswered = state.pending.values.count { $0.answer == nil }
      if unanswered < inFlight {
        if unanswered == 0 { state.lastProgress = .now }
        let sequence = state.nextSequence
        state.nextSequence += 1
        state.pending[sequence] = Pending(count: count)
        return sequence
      }
      try waitForProgress(seconds: description.answerSeconds, "no answer for")
    }
  }

  private func write(_ bytes: [UInt8]) throws {
    try writing.withLock {
      var offset = 0
      while offset < bytes.count {
        let process = try condition.withLock { () throws -> ChildProcess? in
          if let failure = state.failure { throw failure }
          try checkSilence(seconds: description.answerSeconds, "no answer for")
          return state.process
        }
        do {
          offset += try process?.write(bytes, from: offset, milliseconds: 200) ?? 0
        } catch {
          // Its output may hold the reason; the keeper will find it dead in a moment.
          throw fail(.failed, "it reads no more", afterItsEnd: true)
        }
      }
    }
  }

  /// The answer to a batch. Throws the worker's failure.
  func answer(_ sequence: UInt64) throws -> Frame {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let answer = state.pending[sequence]?.answer {
        state.pending[sequence] = nil
        return answer
      }
      if let failure = state.failure { throw failure }
      try waitForProgress(seconds: description.answerSeconds, "no answer for")
    }
  }

  /// The caller has given up on these batches.
  func abandon(_ sequences: some Sequence<UInt64>) {
    condition.withLock {
      for sequence in sequences {
        if state.pending[sequence]?.answer != nil {
          state.pending[sequence] = nil
        } else {
          state.pending[sequence]?.isAbandoned = true
        }
      }
    }
  }

  /// Lets the child end by itself, for two seconds, then kills it.
  func stop() {
    condition.lock()
    state.isStopping = true
    let process = state.process
    condition.unlock()
    writing.withLock { process?.closeInput() }
    condition.lock()
    let deadline = Date(timeIntervalSinceNow: 2)
    while !state.hasEnded, condition.wait(until: deadline) {}
    condition.unlock()
    process?.kill()
  }

  /// Kills the child because an answer of it is none.
  @discardableResult
  func reject(_ detail: String) -> BackendError { fail(.wrong, detail) }

  // MARK: Time limits; `condition` is held

  private func waitForProgress(seconds: Int, _ complaint: String) throws {
    try checkSilence(seconds: seconds, complaint)
    // Somebody else's progress moves the limit: look again now and then.
    _ = condition.wait(until: Date(timeIntervalSinceNow: 0.25))
  }

  private func checkSilence(seconds: Int, _ complaint: String) throws {
    guard state.failure == nil, state.lastProgress.duration(to: .now) > .seconds(seconds) else { return }
    throw failLocked(.failed, "\(complaint) \(seconds) s\(words)")
  }

  private var words: String { state.lastWords.isEmpty ? "" : "; it last said: \(state.lastWords)" }

  // MARK: Failure

  @discardableResult
  private func fail(_ kind: BackendError.Kind, _ detail: String, afterItsEnd: Bool = false) -> BackendError {
    condition.lock()
    defer { condition.unlock() }
    if afterItsEnd {
      let deadline = Date(timeIntervalSinceNow: 2)
      while state.failure == nil, condition.wait(until: deadline) {}
    }
    return failLocked(kind, detail)
  }

  /// The first failure stays.
  private func failLocked(_ kind: BackendError.Kind, _ detail: String) -> BackendError {
    if let failure = state.failure { return failure }
    let number = state.process.map { "process \($0.identifier): " } ?? ""
    let failure = BackendError(kind, description.name, number + detail)
    state.failure = failure
    state.process?.kill()
    condition.broadcast()
    return failure
  }

  private var isStopped: Bool { condition.withLock { state.isStopping || state.failure != nil } }

  // MARK: The keeper's side

  /// The life of the child, on a thread that ends after it.
  private func keep() {
    do {
      let process = try ChildProcess(
        description.command, environment: description.variables(of: ProcessInfo.processInfo.environment),
        directory: description.directory)
      condition.withLock { state.process = process }
      let copied = DispatchSemaphore(value: 0)
      Thread.detachNewThread {
        self.log.follow(process, isStopped: { process.ending() != nil }) { line in
          self.condition.withLock { self.state.lastWords = line }
        }
        copied.signal()
      }
      do {
        try read(process)
        end(process, copied)
      } catch let error as FrameHeader.Malformed {
        fail(.wrong, error.description)
      } catch let error as BackendError {
        fail(error.kind, error.detail)
      } catch {
        fail(.failed, "\(error)")
      }
      process.kill()
      while process.ending() == nil { usleep(2000) }
      copied.wait()
      condition.withLock { state.process = nil }
    } catch {
      fail(error.isMissing ? .missing : .failed, "\(error)")
    }
    condition.withLock {
      state.hasEnded = true
      condition.broadcast()
    }
  }

  /// Its output has ended: says how, once that and its last words are known.
  private func end(_ process: ChildProcess, _ copied: DispatchSemaphore) {
    let limit = ContinuousClock.now + .seconds(1)
    while process.ending() == nil, ContinuousClock.now < limit { usleep(2000) }
    let ending = process.ending()?.description ?? "closed its output"
    process.kill()
    if copied.wait(timeout: .now() + .seconds(2)) == .success { copied.signal() }
    condition.withLock {
      if state.isStopping && state.pending.isEmpty { return }
      _ = failLocked(.failed, "it \(ending)\(state.isReady ? "" : " before it greeted")\(words)")
    }
  }

  /// A child that has ended takes no greeting: the end of its output, which is read next, says how it ended.
  private func greet(_ process: ChildProcess) {
    writing.withLock {
      let bytes = Greeting.ours.bytes
      var offset = 0
      while offset < bytes.count, !isStopped {
        guard let written = try? process.write(bytes, from: offset, milliseconds: 200) else { return }
        offset += written
      }
    }
  }

  private func read(_ process: ChildProcess) throws {
    greet(process)
    var frames = FrameReader(process)
    let stopped = { self.isStopped }
    guard let first = try frames.next(isStopped: stopped, limit: { _ in Greeting.maximumBytes }) else { return }
    let greeting = try Greeting(first, for: description)
    var vocabulary = ByteStrings()
    if let terms = greeting.vocabulary, terms > 0 {
      guard let frame = try frames.next(isStopped: stopped, limit: { _ in Greeting.maximumVocabularyBytes }) else {
        return
      }
      vocabulary = try AnswerReader(greeting).vocabulary(frame)
    }
    condition.withLock {
      state.greeting = greeting
      state.vocabulary = vocabulary
      state.isReady = true
      state.lastProgress = .now
      condition.broadcast()
    }
    while let frame = try frames.next(isStopped: stopped, limit: { try self.limit($0, greeting) }) { deliver(frame) }
  }

  /// The largest payload that the frame after `header` may have. Throws if nobody asked for it.
  private func limit(_ header: FrameHeader, _ greeting: Greeting) throws -> Int {
    let pending = condition.withLock { state.pending[header.sequence] }
    guard let pending, pending.answer == nil else {
      throw FrameHeader.Malformed(description: "an answer to batch \(header.sequence), which it does not owe")
    }
    if header.kind == .error { return 1 << 16 }
    guard header.kind == greeting.gives.answer else {
      throw FrameHeader.Malformed(description: "a frame of kind \(header.kind) as an answer")
    }
    guard header.count == pending.count else {
      throw FrameHeader.Malformed(description: "\(header.count) answers to a batch of \(pending.count) passages")
    }
    return greeting.answerBytes(count: pending.count)
  }

  private func deliver(_ frame: Frame) {
    condition.withLock {
      if state.pending[frame.sequence]?.isAbandoned ?? true {
        state.pending[frame.sequence] = nil
      } else {
        state.pending[frame.sequence]?.answer = frame
      }
      state.lastProgress = .now
      condition.broadcast()
    }
  }
}
