#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// An operating-system call that failed on a file.
package struct FileError: ExitCoded, CustomStringConvertible {
  /// What was tried, as a verb: `open`, `write`, `fsync`, `rename`.
  package let operation: String
  package let path: String
  /// The system's `errno`.
  package let code: Int32
  /// What a library said of it, where that is all there is to know.
  package let detail: String?

  package init(_ operation: String, _ path: String, code: Int32? = nil, detail: String? = nil) {
    self.operation = operation
    self.path = path
    self.code = code ?? errno
    self.detail = detail
  }

  package var isDiskFull: Bool { code == ENOSPC || code == EDQUOT }

  /// The file, or the disk that it is on, may not be written.
  package var isForbidden: Bool { code == EACCES || code == EPERM || code == EROFS }

  package var exitCode: ExitCode {
    switch code {
    case ENOSPC, EDQUOT, EMFILE, ENFILE, ENOMEM, EAGAIN: .tryAgain
    case ENOENT: operation == "create" ? .cannotCreate : .noInput
    case EACCES, EPERM, EROFS, EEXIST, ENOTDIR, EISDIR: operation == "create" ? .cannotCreate : .inputOutput
    default: .inputOutput
    }
  }

  package var description: String {
    "cannot \(operation) \(path): \(Self.message(code))\(detail.map { " (\($0))" } ?? "")\(advice)"
  }

  private var advice: String {
    switch code {
    case ENOSPC, EDQUOT: "; free some space and run the same command again, finished work is kept"
    case EMFILE, ENFILE: "; raise the limit of open files (ulimit -n) and run the same command again"
    default: ""
    }
  }

  private static func message(_ code: Int32) -> String {
    // strerror returns a static or thread-local C string, copied here at once.
    unsafe String(cString: strerror(code))
  }
}
