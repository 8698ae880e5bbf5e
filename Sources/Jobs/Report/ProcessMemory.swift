internal import Foundation

/// The memory of this process as Linux tells it.
package enum ProcessMemory {
  /// The largest resident set so far, bytes; 0 where `/proc` says nothing.
  package static var peakBytes: Int { value("VmHWM") }

  /// The resident set, bytes.
  package static var bytes: Int { value("VmRSS") }

  /// Lets `peakBytes` begin anew, where Linux allows it.
  package static func forgetPeak() {
    guard let file = FileHandle(forWritingAtPath: "/proc/self/clear_refs") else { return }
    try? file.write(contentsOf: Data("5".utf8))
    try? file.close()
  }

  private static func value(_ key: String) -> Int {
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix(key + ":") }),
      let kibibytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
    else { return 0 }
    return kibibytes << 10
  }
}
