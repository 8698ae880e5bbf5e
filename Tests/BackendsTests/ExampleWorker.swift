import Backends
import Codecs
import Encoders
import Foundation
import Synchronization

/// `workers/example`, which the tests run as a child.
enum ExampleWorker {
  static let path: String = {
    let bundle = Bundle.allBundles.map(\.bundlePath).first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("example-worker").path
  }()

  static func description(_ arguments: String..., change: (inout BackendDescription) -> Void = { _ in })
    -> BackendDescription
  {
    var description = BackendDescription(command: [path] + arguments, retries: 0)
    change(&description)
    return description
  }

  static func backend(_ arguments: String..., change: (inout BackendDescription) -> Void = { _ in }) -> Backend {
    var description = BackendDescription(command: [path] + arguments, retries: 0)
    change(&description)
    return Backend(description)
  }

  /// `count` texts of 0 to 400 bytes, all different.
  static func texts(_ count: Int) -> ByteStrings {
    ByteStrings(
      (0..<count).map { Array(String(repeating: "word\($0) ", count: ($0 * 7919) % 50).utf8) + Array("\($0)".utf8) })
  }

  /// FNV-1a, then a linear congruential generator: what the worker's `dense` computes.
  static func vector(_ text: some Sequence<UInt8>, dimension: Int, side: UInt64 = 0) -> [Float] {
    let hash = text.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } &+ side
    var state = UInt32(truncatingIfNeeded: hash ^ hash >> 32)
    return (0..<dimension).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(Int32(bitPattern: state)) * 0x1p-31
    }
  }
}

/// Lines that workers said.
final class Lines: Sendable {
  private let lines = Mutex<[String]>([])
  var all: [String] { lines.withLock { $0 } }
  var log: WorkerLog { WorkerLog { [self] line in lines.withLock { $0.append(line) } } }
}
