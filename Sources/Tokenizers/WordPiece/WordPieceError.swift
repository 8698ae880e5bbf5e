/// Why a tokenizer cannot be made.
package struct WordPieceError: Error, Hashable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    /// The folder holds no tokenizer, or a file of it is not there.
    case missing
    /// A file is damaged or contradicts itself.
    case malformed
    /// A kind of tokenizer that this is not.
    case unsupported
  }

  package var kind: Kind
  /// The path, or "vocabulary" where there is no file.
  package var file: String
  /// What is wrong, with the line where there is one, and what to do.
  package var reason: String

  package init(_ kind: Kind, _ file: String, _ reason: String) {
    self.kind = kind
    self.file = file
    self.reason = reason
  }

  package var description: String { "\(file): \(reason)" }
}
