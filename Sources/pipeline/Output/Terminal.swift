internal import Dataflow
internal import Foundation
internal import Jobs
internal import Kernels
internal import Synchronization

/// Where words go: results to stdout, everything else to stderr, one line at a time.
enum Terminal {
  private static let lock = Mutex(false)
  private static let json = Mutex(false)

  /// Whether messages are JSON lines.
  static var logsJSON: Bool { json.withLock { $0 } }

  /// From now on every message is a JSON object on a line: `{"level", "message", "time"}`, and what belongs to it.
  static func logJSON() { json.withLock { $0 = true } }

  /// A result.
  static func out(_ text: String) {
    // Where a program reads, bytes are what they are.
    let text = isatty(1) == 1 ? harmless(text) : text
    write(Array((text.hasSuffix("\n") ? text : text + "\n").utf8), 1)
  }

  /// Ids, texts and file names come from anywhere: a terminal must not obey them.
  private static func harmless(_ text: String) -> String {
    func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
    }
    guard text.unicodeScalars.contains(where: isObeyed) else { return text }
    return text.unicodeScalars.reduce(into: "") { line, scalar in
      if isObeyed(scalar) { line += scalar.escaped(asASCII: true) } else { line.unicodeScalars.append(scalar) }
    }
  }

  /// Bytes of a result.
  static func out(_ bytes: [UInt8]) { write(bytes, 1) }

  /// A message; clears the progress line first.
  static func log(_ text: String) {
    if logsJSON {
      let isWarning = text.hasPrefix("warning: ")
      return log(
        LogLine(level: isWarning ? "warning" : "info", message: isWarning ? String(text.dropFirst(9)) : text))
    }
    raw((ProgressLine.isLive ? "\r\u{1B}[K" : "") + harmless(text) + "\n")
  }

  /// A message with its level and numbers; only where messages are JSON.
  static func log(_ line: LogLine) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if let bytes = try? encoder.encode(line) { write(Array(bytes) + [UInt8(ascii: "\n")], 2) }
  }

  static func error(_ text: String) {
    if logsJSON { return log(LogLine(level: "error", message: text)) }
    log("pipeline: \(text)")
  }

  static func raw(_ text: String) { write(Array(text.utf8), 2) }

  private static func write(_ bytes: [UInt8], _ descriptor: Int32) {
    lock.withLock { _ in
      let code = put(bytes, descriptor)
      // A command whose purpose is to write ends where it cannot. A reader that went away knows that it did.
      guard descriptor == 1, code != 0 else { return }
      if code != EPIPE { _ = put(Array("pipeline: \(FileError("write", "standard output", code: code))\n".utf8), 2) }
      Foundation.exit(Kernels.ExitCode.inputOutput.rawValue)
    }
  }

  /// Writes all of it; gives the system's error number, or 0.
  private static func put(_ bytes: [UInt8], _ descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      // Reads rest.count bytes.
      let written = unsafe rest.withUnsafeBytes { unsafe Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 && errno == EINTR { continue }
      if written < 0 { return errno }
      rest = rest.dropFirst(written)
    }
    return 0
  }

  /// Prints a value as one JSON object, keys sorted.
  static func json(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    out(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// `12,345,678`.
  static func grouped(_ number: Int) -> String { Figures.grouped(number) }

  /// `3 min 12 s`.
  static func duration(_ seconds: Double) -> String { Figures.duration(seconds) }

  /// `12.3 MB`.
  static func bytes(_ count: Int) -> String { Figures.bytes(count) }
}

/// One JSON line of the log.
struct LogLine: Encodable {
  let level: String
  let message: String
  var progress: RunProgress?
  let time = Date().formatted(.iso8601)
}
