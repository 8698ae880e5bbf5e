package import Codecs
internal import Dispatch
internal import Encoders
internal import Foundation
internal import Inference
internal import Kernels
internal import Synchronization

/// A description's children, shared by all threads: batches in, answers back, in the order of the passages.
///
/// Children start when the first batch comes, or when somebody asks who they are. One that dies or goes silent is
/// replaced, and a call sends again what it is still owed, `retries` times at most; what is answered wrongly fails at
/// once. Children end when the backend goes, and are killed when the process does.
package final class Backend: Sendable {
  /// The place of one child.
  private final class Slot: Sendable {
    let worker = Mutex<BackendWorker?>(nil)
  }

  package let description: BackendDescription
  private let log: WorkerLog
  private let slots: [Slot]
  private let latest = Mutex<(greeting: Greeting, vocabulary: ByteStrings)?>(nil)

  package init(_ description: BackendDescription, log: WorkerLog = .standardError) {
    self.description = description
    self.log = log
    slots = (0..<description.processes).map { _ in Slot() }
  }

  deinit { for slot in slots { slot.worker.withLock { $0?.stop() } } }

  /// What the worker says it is: from the description, or else from the worker, which is started for it.
  package func identity() throws -> String {
    if let identity = description.identity { return identity }
    return try retrying { try greeting(of: worker(0)).greeting.identity }
  }

  /// Values in a vector: known once something was encoded.
  package var dimension: Int? { latest.withLock { $0?.greeting.dimension } }

  /// The bytes of a term: known once something was encoded.
  package func term(_ id: Int32) -> [UInt8]? {
    latest.withLock { latest in
      guard let vocabulary = latest?.vocabulary, id >= 0, Int(id) < vocabulary.count else { return nil }
      return Array(vocabulary[Int(id)])
    }
  }

  /// Encodes all passages of `input`.
  ///
  /// - Parameters:
  ///   - kind: what the caller can use.
  ///   - read: turns the answer to a batch into one element a passage; what it throws is the worker's fault.
  /// - Throws: `BackendError`.
  func encode<Element: Sendable>(
    _ input: EncoderInput, _ kind: BackendKind, side: Frame.Side, read: (Frame, Greeting) throws -> [Element]
  ) throws -> [Element] {
    var results = [Element?](repeating: nil, count: input.count)
    try retrying {
      let missing = results.indices.filter { results[$0] == nil }
      try attempt(input, missing, kind, side, read) { row, element in results[row] = element }
    }
    return results.compactMap { $0 }
  }

  private func retrying<R>(_ body: () throws -> R) throws -> R {
    var failures = 0
    while true {
      do {
        return try body()
      } catch let error as BackendError where error.kind == .failed && failures < description.retries {
        failures += 1
        log.line("\(error); trying again, \(failures) of \(description.retries)")
        // A machine that is short of memory gets a moment.
        Thread.sleep(forTimeInterval: 0.1 * Double(min(1 << failures, 64)))
      }
    }
  }

  // MARK: Children

  /// The child in a slot; a new one if there is none or it has failed.
  private func worker(_ slot: Int) -> BackendWorker {
    slots[slot].worker.withLock { worker in
      if let worker, worker.failure == nil { return worker }
      let fresh = BackendWorker(description, log: log)
      worker = fresh
      return fresh
    }
  }

  private func greeting(of worker: BackendWorker) throws -> (greeting: Greeting, vocabulary: ByteStrings) {
    let (greeting, vocabulary) = try worker.greeting()
    return try latest.withLock { latest in
      if let latest, latest.greeting != greeting {
        throw BackendError(
          .refused, description.name, "it greets differently than before, as `\(greeting.identity)`")
      }
      latest = (greeting, vocabulary)
      return (greeting, vocabulary)
    }
  }

  // MARK: One attempt

  private struct Sent {
    let rows: [Int]
    let worker: BackendWorker
    let sequence: UInt64
  }

  private func attempt<Element>(
    _ input: EncoderInput, _ rows: [Int], _ kind: BackendKind, _ side: Frame.Side,
    _ read: (Frame, Greeting) throws -> [Element],
    store: (Int, Element) -> Void
  ) throws {
    // All of them start at once: each may need a minute for its model.
    let workers = slots.indices.map(worker)
    let greeting = try workers.map { try self.greeting(of: $0).greeting }[0]
    guard greeting.gives == kind else {
      throw BackendError(
        .refused, description.name, "it gives \(greeting.gives.rawValue), where \(kind.rawValue) is wanted")
    }
    let batches = try BatchComposition(input, greeting: greeting, batch: description.batch, name: description.name)
    var sent: [Sent] = []
    var collected = 0
    defer { for batch in sent[collected...] { batch.worker.abandon([batch.sequence]) } }
    func collect() throws {
      let batch = sent[collected]
      let frame = try batch.worker.answer(batch.sequence)
      collected += 1
      if frame.kind == .error {
        throw BackendError(.reported, description.name, String(decoding: frame.payload.prefix(2000), as: UTF8.self))
      }
      let elements: [Element]
      do {
        elements = try read(frame, greeting)
      } catch let error as AnswerReader.Malformed {
        throw batch.worker.reject(error.description)
      }
      for (row, element) in zip(batch.rows, elements) { store(row, element) }
    }
    for rows in batches.batches(of: rows) {
      guard let worker = workers.min(by: { $0.owed < $1.owed }) else { return }
      let sequence = try worker.send(
        batches.kind, side: side, count: rows.count, payload: batches.payload(rows), inFlight: greeting.inFlight)
      sent.append(Sent(rows: rows, worker: worker, sequence: sequence))
      // Answers are read while the worker has work to do.
      while sent.count - collected > 2 * greeting.inFlight * workers.count { try collect() }
    }
    while collected < sent.count { try collect() }
  }
}

extension Backend {
  private final class Reference {
    weak var backend: Backend?
    init(_ backend: Backend) { self.backend = backend }
  }

  private static let known = Mutex<[BackendDescription: Reference]>([:])
  /// By the digest of what the worker says it is.
  private static let described = Mutex<[Fingerprint: BackendDescription]>([:])

  /// The backend of a description, the same one for all who hold it: two stages, or passages and queries, share the
  /// children and the model in them.
  package static func shared(_ description: BackendDescription) -> Backend {
    known.withLock { known in
      if let backend = known[description]?.backend { return backend }
      let backend = Backend(description)
      known[description] = Reference(backend)
      return backend
    }
  }

  /// Of what the worker says it is; starts it if its description does not say.
  package func digest() throws -> Fingerprint {
    let digest = Fingerprint.of(Array("backend\n\(try identity())".utf8))
    Self.described.withLock { $0[digest] = description }
    return digest
  }

  /// The backend that says it is what has this digest, if a job that this process has read names one: how queries find
  /// the worker that encoded the passages. An index names workers by digest and never by command, so that searching an
  /// index from elsewhere runs nothing that it brought.
  package static func described(by digest: String) -> Backend? {
    let found = described.withLock { described in described.first { $0.key.description == digest }?.value }
    return found.map(shared)
  }
}
