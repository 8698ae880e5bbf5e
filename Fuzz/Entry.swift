internal import Foundation
internal import Kernels

/// A parser and the input that it gets: an error is fine; a crash, a hang, or memory without bound is a finding.
struct FuzzTarget: Sendable {
  let name: String
  let run: @Sendable ([UInt8]) throws -> Void

  init(_ name: String, _ run: @escaping @Sendable ([UInt8]) throws -> Void) {
    self.name = name
    self.run = run
  }

  static var all: [FuzzTarget] { collections + imports + models + configuration + index + backend }

  /// What BIGRAIN_FUZZ names; see `Fuzz/run.sh`.
  static let chosen: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["BIGRAIN_FUZZ"] ?? ""
    guard let target = all.first(where: { $0.name == name }) else {
      print(all.map(\.name).joined(separator: " "))
      exit(ExitCode.usage.rawValue)
    }
    return target
  }()
}

/// Where input lies for parsers that take paths: a folder of this process alone.
enum Scratch {
  static let folder = ProcessInfo.processInfo.environment["BIGRAIN_FUZZ_FOLDER"] ?? "."

  /// Puts `bytes` into a file and returns its path.
  static func file(_ bytes: [UInt8], name: String = "input") throws -> String {
    let path = folder + "/" + name
    try FileAppender(creating: path).write(bytes)
    return path
  }
}

/// libFuzzer's loop, which ends the process. The package's build wants an entry of the module's own, so libFuzzer's is
/// not used.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ body: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt

@main enum Entry {
  static func main() {
    var count = CommandLine.argc
    var arguments = unsafe CommandLine.unsafeArgv
    // Both outlive the call, which reads them before it returns.
    exit(unsafe runDriver(&count, &arguments, fuzz))
  }
}

/// The name is for libFuzzer's own entry, which is linked, and not called.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // libFuzzer's own memory, `count` bytes of it, copied.
  let bytes = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  try? FuzzTarget.chosen.run(bytes)
  return 0
}
