/// What went wrong between a file and the bytes it stands for.
package struct StreamError: ExitCoded, Equatable, CustomStringConvertible {
  /// The kinds a caller may want to tell apart (exit codes, retries).
  package enum Kind: String, Sendable {
    /// The path is absent.
    case missing
    /// The path is a folder.
    case directory
    /// The path is there and cannot be opened, or is a pipe or a device where a file is needed.
    case unreadable
    /// The kernel failed to read.
    case io
    /// The compressed stream ends in the middle of a frame.
    case truncated
    /// A header, a block or a checksum is wrong.
    case corrupt
    /// A few bytes unfold to more than the allowed multiple.
    case bomb
    /// A compression that is recognised and not read.
    case unsupported
    /// More bytes than a file of its kind may have.
    case tooLarge
  }

  package let kind: Kind
  package let path: String
  /// A position in the file as it lies on disk (compressed), in bytes.
  package let offset: UInt64
  package let detail: String

  package init(_ kind: Kind, path: String, offset: UInt64 = 0, _ detail: String) {
    self.kind = kind
    self.path = path
    self.offset = offset
    self.detail = detail
  }

  package var exitCode: ExitCode {
    switch kind {
    case .missing, .directory: .noInput
    case .unreadable, .io: .inputOutput
    case .truncated, .corrupt, .bomb, .unsupported, .tooLarge: .badData
    }
  }

  package var description: String {
    switch kind {
    case .missing, .directory, .unreadable, .unsupported, .tooLarge: "\(path): \(detail)"
    default: "\(path): byte \(offset): \(detail)"
    }
  }
}
