package import Kernels

/// A model's folder that cannot be used, and why.
package struct ModelError: ExitCoded, CustomStringConvertible {
  package enum Kind: Sendable {
    /// The files are damaged, contradict each other, or try what no model's files should: exit code 65.
    case damaged
    /// Files are missing, or the model is of a kind that bigrain does not compute: exit code 69.
    case unavailable
  }

  package let kind: Kind
  /// The file or folder.
  package let path: String
  package let detail: String

  package init(_ kind: Kind, _ path: String, _ detail: String) {
    self.kind = kind
    self.path = path
    self.detail = detail
  }

  package var exitCode: ExitCode { kind == .damaged ? .badData : .unavailable }
  package var description: String { "\(Self.printable(path)): \(Self.printable(detail))" }

  /// `text` on one line: what came out of an untrusted file must not move the cursor of a terminal.
  static func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0.value < 32 || (127..<160).contains($0.value) }) else { return text }
    return String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.value < 32 || (127..<160).contains($0.value) ? "\u{FFFD}" : $0 }))
  }
}
