#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// An exclusive advisory lock (`flock`) on a file, held until the object goes or the process ends, however it ends.
///
/// While it is held the file says by whom, for people; when it is released the file is empty again.
package final class FileLock {
  /// Somebody else holds the lock.
  package struct Held: ExitCoded, CustomStringConvertible {
    package let path: String
    /// What the holder wrote into the file.
    package let holder: String
    package var exitCode: ExitCode { .tryAgain }
    package var description: String {
      "another run is using \(FileSystem.directory(of: path)) (\(holder)); wait for it to end, then run the same command"
    }
  }

  private let descriptor: Int32

  /// Takes the lock or throws `Held` at once.
  package init(_ path: String) throws {
    descriptor = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError("create", path) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      let holder = (try? PositionalFile(path).read(at: 0, count: 200)) ?? []
      close(descriptor)
      guard code == EWOULDBLOCK || code == EINTR else { throw FileError("lock", path, code: code) }
      let text = String(decoding: holder, as: UTF8.self)
      throw Held(path: path, holder: text.isEmpty ? "just starting or ending" : text)
    }
    describe()
  }

  private func describe() {
    var name = [CChar](repeating: 0, count: 256)
    // Writes at most name.count bytes; the last stays zero.
    unsafe gethostname(&name, name.count - 1)
    let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let text = Array("process \(getpid()) on \(host)".utf8)
    ftruncate(descriptor, 0)
    // Reads text.count bytes. The text is a courtesy: failing to write it changes nothing.
    _ = unsafe text.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
  }

  deinit {
    ftruncate(descriptor, 0)
    // Unlocked by name: a child process that was forked and has not yet begun its program holds the descriptor too.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}
