package import Kernels

/// A mistake in a job, a pipeline or a `--set` option, told in one line:
/// ``pipelines/x.yaml:4:31: unknown key `terns` in stage `expanded`, did you mean `terms`?``
package struct ConfigError: ExitCoded, Equatable, CustomStringConvertible {
  package let location: SourceLocation
  /// What is wrong, without the location.
  package let message: String
  /// What to do about it, where that is known.
  package let hint: String?
  package let exitCode: ExitCode

  /// - Parameter exitCode: by default `configuration`, or `usage` where the command line is wrong.
  package init(_ location: SourceLocation, _ message: String, hint: String? = nil, exitCode: ExitCode? = nil) {
    self.location = location
    self.message = message
    self.hint = hint
    self.exitCode = exitCode ?? (location.isCommandLine ? .usage : .configuration)
  }

  package var description: String {
    "\(location): \(message)\(hint.map { ", \($0)" } ?? "")"
  }
}

/// `text` fit for a one-line message: control characters escaped, at most `limit` characters.
package func shown(_ text: String, limit: Int = 60) -> String {
  var line = ""
  for scalar in text.unicodeScalars.prefix(limit) {
    switch scalar {
    case "\"", "\\": line += "\\\(scalar)"
    case _ where scalar.properties.generalCategory == .control || scalar == "\u{2028}" || scalar == "\u{2029}":
      line += scalar.escaped(asASCII: true)
    default: line.unicodeScalars.append(scalar)
    }
  }
  return text.unicodeScalars.dropFirst(limit).isEmpty ? line : line + "..."
}

/// `names` for a message: `` `a`, `b`, `c` ``.
package func listed(_ names: some Sequence<String>) -> String {
  names.map { "`\($0)`" }.joined(separator: ", ")
}
