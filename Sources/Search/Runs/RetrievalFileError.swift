/// What is wrong with a run or a judgement file: which file, which line, and what to do.
///
/// Printed as one line, `path:line: problem; advice`, so that editors and terminals can jump to it.
package struct RetrievalFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What a caller turns into an exit code.
  package enum Kind: Sendable {
    /// No such file: exit code 66.
    case missing
    /// The file is there but cannot be read: 74.
    case unreadable
    /// The content is not what the format says: 65.
    case malformed
    /// The file cannot be created or written: 73.
    case unwritable
  }

  package let kind: Kind
  package let path: String
  /// Counted from 1; `nil` where the whole file is meant.
  package let line: Int?
  package let problem: String
  /// What the user can do about it.
  package let advice: String

  package init(_ kind: Kind, path: String, line: Int? = nil, problem: String, advice: String) {
    self.kind = kind
    self.path = path
    self.line = line
    self.problem = problem
    self.advice = advice
  }

  package var description: String {
    "\(path):\(line.map { "\($0):" } ?? "") \(problem); \(advice)"
  }
}

/// An id in quotes for a message: bytes that are not UTF-8 become U+FFFD, and more than 60 bytes are cut.
func quoted(_ id: some Collection<UInt8>) -> String {
  let shown = id.count > 60 ? Array(id.prefix(57)) + Array("...".utf8) : Array(id)
  return "\"\(String(decoding: shown, as: UTF8.self))\""
}
