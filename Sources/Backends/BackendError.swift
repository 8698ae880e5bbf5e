package import Kernels

/// A child process that did not do what it should.
package struct BackendError: ExitCoded, CustomStringConvertible {
  package enum Kind: Sendable {
    /// The program is not there or cannot be executed.
    case missing
    /// It is another worker than the pipeline file says.
    case refused
    /// It died or went silent: another try may do better.
    case failed
    /// It answered something that is no answer. It would do so again.
    case wrong
    /// It answered that it cannot encode a batch, and why.
    case reported
  }

  package let kind: Kind
  /// The command, for people.
  package let worker: String
  package let detail: String

  package init(_ kind: Kind, _ worker: String, _ detail: String) {
    self.kind = kind
    self.worker = worker
    self.detail = Self.printable(detail)
  }

  /// Without control characters, which could move a terminal's cursor: some of the text comes from the child.
  static func printable(_ text: String) -> String {
    let scalars = text.unicodeScalars.lazy.map { $0.properties.generalCategory == .control ? "?" : $0 }
    return String(String.UnicodeScalarView(scalars))
  }

  package var exitCode: ExitCode {
    switch kind {
    case .missing, .failed: .unavailable
    case .refused: .configuration
    case .wrong, .reported: .badData
    }
  }

  package var description: String { "backend `\(worker)`: \(detail)" }
}
