import Kernels
import Synchronization

/// What a test sees of the toy stages, and how it makes them fail. Stages find it by their index folder, which is no
/// part of a fingerprint.
final class ToyProbe: Sendable {
  typealias Hook = @Sendable (_ stage: String, _ chunk: UInt32) throws -> Void

  private struct State {
    var calls: [String] = []
    var inFlight: [String: Int] = [:]
    var most: [String: Int] = [:]
    var begun: Set<UInt32> = []
    var open: Set<UInt32> = []
    var mostOpen = 0
    var hook: Hook?
  }

  private static let all = Mutex<[String: ToyProbe]>([:])
  private let state = Mutex(State())

  /// The probe of the stages that write into `folder`.
  static func at(_ folder: String) -> ToyProbe {
    all.withLock { all in
      let probe = all[folder] ?? ToyProbe()
      all[folder] = probe
      return probe
    }
  }

  /// Counts one call of `stage` on the chunk that begins with the number `chunk`, then lets the hook throw.
  func call<T>(_ stage: String, _ chunk: UInt32, _ body: () throws -> T) throws -> T {
    let hook = state.withLock { state -> Hook? in
      state.calls.append("\(stage) \(chunk)")
      state.inFlight[stage, default: 0] += 1
      state.most[stage] = max(state.most[stage, default: 0], state.inFlight[stage, default: 0])
      return state.hook
    }
    defer { state.withLock { $0.inFlight[stage, default: 1] -= 1 } }
    try hook?(stage, chunk)
    return try body()
  }

  func open(_ chunk: UInt32) {
    state.withLock { state in
      state.open.insert(chunk)
      state.mostOpen = max(state.mostOpen, state.open.count)
    }
  }

  func close(_ chunk: UInt32) { state.withLock { _ = $0.open.remove(chunk) } }

  func setHook(_ hook: Hook?) { state.withLock { $0.hook = hook } }

  func reset() {
    state.withLock { state in
      let hook = state.hook
      state = State()
      state.hook = hook
    }
  }

  /// `stage chunk`, in the order in which the calls began.
  var calls: [String] { state.withLock { $0.calls } }
  func count(_ stage: String) -> Int { calls.count { $0.hasPrefix(stage + " ") } }
  func most(_ stage: String) -> Int { state.withLock { $0.most[stage, default: 0] } }
  /// The most chunks that were begun and not finished at one time, as far as `open` and `close` were told.
  var mostOpen: Int { state.withLock { $0.mostOpen } }
}

/// A failure that no retry cures.
struct ToyError: Error, CustomStringConvertible {
  let description: String
}
