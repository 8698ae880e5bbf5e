package import Kernels

/// An index or a file that the other side's format cannot hold or does not follow.
package struct InterchangeError: ExitCoded, CustomStringConvertible {
  package let path: String
  package let detail: String
  package var exitCode: ExitCode { .badData }
  package var description: String { "\(path): \(detail)" }

  package init(path: String, detail: String) {
    self.path = path
    self.detail = detail
  }
}
