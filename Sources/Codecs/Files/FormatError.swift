package import Kernels

/// A file that cannot be read as what it should be.
package enum FormatError: ExitCoded, CustomStringConvertible {
  /// A checksum, a length or an offset is wrong. `detail` says which.
  case corrupt(path: String, detail: String)
  /// Not one of our files, or another kind of them.
  case wrongKind(path: String, expected: String, found: String)
  case tooOld(path: String, version: Int, oldest: Int)
  case tooNew(path: String, version: Int, newest: Int)

  package var exitCode: ExitCode { .badData }

  package var description: String {
    switch self {
    case .corrupt(let path, let detail):
      "\(path) is corrupt: \(detail)"
    case .wrongKind(let path, let expected, let found):
      "\(path) is not a file of kind `\(expected)`: it is \(found)"
    case .tooOld(let path, let version, let oldest):
      "\(path) has format version \(version), the oldest that this program reads is \(oldest): build it again"
    case .tooNew(let path, let version, let newest):
      "\(path) has format version \(version), this program reads up to \(newest): use a newer bigrain"
    }
  }
}
