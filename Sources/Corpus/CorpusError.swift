internal import Kernels

/// A collection that cannot be read as a whole. A single bad record is a `RejectedRecord` instead.
package struct CorpusError: Error, Equatable, CustomStringConvertible {
  /// What decides the exit code.
  package enum Kind: String, Sendable {
    /// No such file, a folder, or a pattern without a match (66).
    case noInput
    /// Truncated, corrupt or unsupported content, a decompression bomb, a bad topics file (65).
    case badData
    /// The file is not what it was when the splits were cut (75: plan again).
    case changed
    /// The system cannot read (74).
    case io
    /// An unknown format or an impossible option (78).
    case badRequest
  }

  package let kind: Kind
  package let description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  /// A stream's error, with a remark if the file's name promises another compression than its content has.
  init(_ error: StreamError, remark: String? = nil) {
    let kind: Kind =
      switch error.kind {
      case .missing, .directory: .noInput
      case .unreadable, .io: .io
      case .truncated, .corrupt, .bomb, .unsupported, .tooLarge: .badData
      }
    self.init(kind, remark.map { "\(error.description) (\($0))" } ?? error.description)
  }
}
