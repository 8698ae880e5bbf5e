internal import Foundation
internal import Kernels

/// Another program, run to its end: what it printed, and how it ended.
struct Tool {
  struct Failed: ExitCoded, CustomStringConvertible {
    let description: String
    let exitCode: Kernels.ExitCode
  }

  let command: [String]
  let output: [UInt8]
  /// What it wrote to standard error.
  let words: String
  let status: Int32

  var hasFailed: Bool { status != 0 }

  /// Throws `Failed` if there is no program of its name.
  static func run(_ command: [String], input: [UInt8] = []) throws -> Tool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    let output = Pipe()
    let words = Pipe()
    let entry = Pipe()
    process.standardOutput = output
    process.standardError = words
    process.standardInput = entry
    try process.run()
    // One that ends without reading says why by its status.
    try? entry.fileHandleForWriting.write(contentsOf: Data(input))
    try entry.fileHandleForWriting.close()
    let printed = try output.fileHandleForReading.readToEnd() ?? Data()
    let said = try words.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    if process.terminationStatus == 127 {
      throw Failed(
        description: "there is no `\(command[0])` here: install it, or put the text in place yourself",
        exitCode: .unavailable)
    }
    return Tool(
      command: command, output: Array(printed), words: String(decoding: said, as: UTF8.self),
      status: process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus)
  }

  /// What it printed. Throws `Failed` with its own words if it failed.
  func demand() throws -> [UInt8] {
    if !hasFailed { return output }
    let text = words.trimmingCharacters(in: .whitespacesAndNewlines)
    throw Failed(
      description: "`\(command.joined(separator: " "))` failed: \(text.isEmpty ? "status \(status)" : text)",
      exitCode: .inputOutput)
  }
}
