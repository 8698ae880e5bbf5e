internal import Foundation
internal import Kernels
internal import Synchronization

/// What workers write to their standard error, on ours: line by line, each with the worker's number, and not without end.
package struct WorkerLog: Sendable {
  /// Lines of one child that are shown.
  package static let maximumLines = 1000
  /// Bytes of a line that are shown.
  package static let maximumLineBytes = 1000

  private let write: @Sendable (String) -> Void

  package init(_ write: @escaping @Sendable (String) -> Void) {
    self.write = write
  }

  package static let standardError = WorkerLog { line in
    FileHandle.standardError.write(Data("\(line)\n".utf8))
  }

  package func line(_ text: String) { write(text) }

  /// Copies lines until the stream ends, or `isStopped` and nothing more comes. Returns the last that was not empty.
  func follow(_ process: ChildProcess, isStopped: () -> Bool, last: (String) -> Void) {
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    var line: [UInt8] = []
    var lines = 0
    func end() {
      guard !line.isEmpty else { return }
      let text = BackendError.printable(String(decoding: line, as: UTF8.self))
      line.removeAll(keepingCapacity: true)
      last(text)
      lines += 1
      if lines <= Self.maximumLines { write("backend \(process.identifier): \(text)") }
      if lines == Self.maximumLines { write("backend \(process.identifier): (what else it says is not shown)") }
    }
    reading: while let reading = try? process.read(.errors, into: &buffer, from: 0, milliseconds: 500) {
      switch reading {
      case .end: break reading
      case .nothing: if isStopped() { break reading }
      case .bytes(let count):
        for byte in buffer[..<count] {
          if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
            end()
          } else if line.count < Self.maximumLineBytes {
            line.append(byte)
          }
        }
      }
    }
    end()
  }
}
