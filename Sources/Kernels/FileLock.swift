#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// An exclusive advisory lock on a file, held until the object goes or the process ends, however it ends.
///
/// It is `flock`'s, and beside it Linux's lock of an open file description, which another process can ask for without
/// taking it (`holder`).
/// While it is held the file says by whom, for people; when it is released the file is empty again.
package final class FileLock {
  /// Somebody else holds the lock.
  package struct Held: ExitCoded, CustomStringConvertible {
    package let path: String
    /// What the holder wrote into the file.
    package let holder: String
    package init(path: String, holder: String) {
      self.path = path
      self.holder = holder
    }

    package var exitCode: ExitCode { .tryAgain }
    package var description: String {
      "another run is using \(FileSystem.directory(of: path)) (\(holder)); wait for it to end, then run the same command"
    }
  }

  private let descriptor: Int32

  /// fcntl.h: F_OFD_GETLK and F_OFD_SETLK, the same on every architecture; headers show them to GNU sources only.
  private static let ask: Int32 = 36
  private static let take: Int32 = 37

  /// Takes the lock or throws `Held` at once.
  package init(_ path: String) throws {
    descriptor = try Self.locked(path)
    describe()
  }

  /// A descriptor that holds the lock. Not part of `init`: one that throws when all is assigned is followed by `deinit`,
  /// which would empty and close what another thread has opened under the same number meanwhile.
  private static func locked(_ path: String) throws -> Int32 {
    let descriptor = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError("create", path) }
    var wanted = whole(F_WRLCK)
    // Reads `wanted`.
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, unsafe fcntl(descriptor, take, &wanted) == 0 else {
      let code = errno
      close(descriptor)
      guard code == EWOULDBLOCK || code == EACCES || code == EINTR else { throw FileError("lock", path, code: code) }
      throw Held(path: path, holder: text(path))
    }
    return descriptor
  }

  /// Who holds the lock of the file at `path`, which is neither made nor changed; `nil` if nobody does. Throws
  /// `FileError`.
  package static func holder(_ path: String) throws -> String? {
    let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw FileError("open", path)
    }
    defer { close(descriptor) }
    var asked = whole(F_WRLCK)
    // Reads and writes `asked`.
    guard unsafe fcntl(descriptor, ask, &asked) == 0 else { throw FileError("ask for the lock of", path) }
    return Int32(asked.l_type) == Int32(F_UNLCK) ? nil : text(path)
  }

  private static func whole(_ type: some BinaryInteger) -> Glibc.flock {
    var range = Glibc.flock()
    range.l_type = Int16(type)
    range.l_whence = Int16(SEEK_SET)
    return range
  }

  private static func text(_ path: String) -> String {
    let bytes = (try? PositionalFile(path).read(at: 0, count: 200)) ?? []
    return bytes.isEmpty ? "just starting or ending" : String(decoding: bytes, as: UTF8.self)
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
    var released = Self.whole(F_UNLCK)
    _ = unsafe fcntl(descriptor, Self.take, &released)
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}
