internal import Foundation
internal import Synchronization

/// Where words go: results to stdout, everything else to stderr, one line at a time.
enum Terminal {
  private static let lock = Mutex(false)

  /// A result.
  static func out(_ text: String) { write(Array((text.hasSuffix("\n") ? text : text + "\n").utf8), 1) }

  /// Bytes of a result.
  static func out(_ bytes: [UInt8]) { write(bytes, 1) }

  /// A message; clears the progress line first.
  static func log(_ text: String) { raw((ProgressLine.isLive ? "\r\u{1B}[K" : "") + text + "\n") }

  static func error(_ text: String) { log("pipeline: \(text)") }

  static func raw(_ text: String) { write(Array(text.utf8), 2) }

  private static func write(_ bytes: [UInt8], _ descriptor: Int32) {
    lock.withLock { _ in
      do {
        try FileHandle(fileDescriptor: descriptor, closeOnDealloc: false).write(contentsOf: Data(bytes))
      } catch {
        // Nobody reads what is written: that ends a command whose purpose was to write.
        if descriptor == 1 { Foundation.exit(74) }
      }
    }
  }

  /// Prints a value as one JSON object, keys sorted.
  static func json(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    out(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// `12,345,678`.
  static func grouped(_ number: Int) -> String {
    let digits = Array(String(abs(number)))
    var text = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }

  /// `3 min 12 s`.
  static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }

  /// `12.3 MB`.
  static func bytes(_ count: Int) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    var value = Double(count)
    var unit = 0
    while value >= 1000 && unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return unit == 0 ? "\(count) B" : String(format: value < 10 ? "%.2f %@" : "%.1f %@", value, units[unit])
  }
}
