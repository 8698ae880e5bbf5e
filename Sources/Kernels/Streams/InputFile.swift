internal import Glibc
internal import Synchronization

/// A regular file, open for reading at any position; or a pipe, which is read once, from its beginning to its end.
///
/// Holds one descriptor until it is released. Threads may read a file at the same time: `pread` has no shared position.
/// A pipe is for one thread at a time.
package final class InputFile: Sendable {
  package let path: String
  /// Bytes when it was opened; 0 for a pipe, which does not tell.
  package let byteCount: UInt64
  /// Whether it is a pipe, a terminal or anything else without positions.
  package let isPipe: Bool
  private let descriptor: Int32
  private let passed = Mutex(Passed())

  /// What a pipe has given.
  private struct Passed {
    /// Its first bytes, at most `headLimit`: who wants to know what is in it looks at them, and then reads from 0.
    var head: [UInt8] = []
    var count: UInt64 = 0
    var isAtEnd = false
  }

  private static let headLimit = 64 << 10

  /// - Parameter allowsPipe: whether `path` may be a pipe, `/dev/stdin` among them.
  /// - Throws: `StreamError` `.missing`, `.directory`, or `.unreadable`, also for what is not a regular file.
  package init(path: String, allowsPipe: Bool = false) throws(StreamError) {
    let descriptor = InputFile.opened(path, allowsPipe: allowsPipe)
    guard descriptor >= 0 else {
      let code = errno
      throw StreamError(code == ENOENT || code == ENOTDIR ? .missing : .unreadable, path: path, systemMessage(code))
    }
    var status = stat()
    // SAFETY: `status` is a whole `stat`, written during the call only.
    guard unsafe fstat(descriptor, &status) == 0 else {
      let code = errno
      _ = close(descriptor)
      throw StreamError(.unreadable, path: path, systemMessage(code))
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      _ = close(descriptor)
      throw StreamError(.directory, path: path, "is a directory; name its files: \(path)/*")
    }
    let isRegular = status.st_mode & S_IFMT == S_IFREG
    guard isRegular || allowsPipe else {
      _ = close(descriptor)
      throw StreamError(.unreadable, path: path, "is not a regular file")
    }
    self.path = path
    self.descriptor = descriptor
    isPipe = !isRegular
    byteCount = isRegular ? UInt64(status.st_size) : 0
  }

  /// A descriptor, or a negative number and `errno`.
  private static func opened(_ path: String, allowsPipe: Bool) -> Int32 {
    // A socket cannot be opened by this name, and a pipe of another user may not.
    if allowsPipe, path == "/dev/stdin" { return dup(STDIN_FILENO) }
    // SAFETY: `path` is passed as a NUL-terminated copy that outlives the call; the call keeps no pointer.
    // Without O_NONBLOCK, opening a pipe that nobody writes to waits for ever; it changes nothing for regular files.
    return unsafe open(path, O_RDONLY | O_CLOEXEC | (allowsPipe ? 0 : O_NONBLOCK))
  }

  /// All bytes of a file or of a pipe: for what is small beside an index. Throws `StreamError` `.tooLarge` above
  /// `limit` bytes.
  package static func contents(of path: String, limit: Int = 1 << 30) throws(StreamError) -> [UInt8] {
    let file = try InputFile(path: path, allowsPipe: true)
    let excess = StreamError(
      .tooLarge, path: path, "has more than \(limit >> 20) MiB, which is all that such a file may have")
    if file.byteCount > UInt64(limit) { throw excess }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(file.byteCount))
    var block = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = try file.read(into: &block, 0..<block.count, from: UInt64(bytes.count))
      bytes += block[..<count]
      if bytes.count > limit { throw excess }
      if count < block.count { return bytes }
    }
  }

  deinit {
    _ = close(descriptor)
  }

  /// Copies bytes of the file from `offset` on into `buffer[range]`. In a pipe, `offset` is where the last call ended,
  /// or lies in its first 64 KiB.
  ///
  /// - Returns: how many were copied; fewer than `range.count` only at the file's end.
  /// - Throws: `StreamError` `.io`, and `.unreadable` for another position in a pipe.
  package func read(
    into buffer: inout [UInt8], _ range: Range<Int>, from offset: UInt64
  ) throws(StreamError) -> Int {
    precondition(range.lowerBound >= 0 && range.upperBound <= buffer.count)
    if isPipe { return try readPipe(into: &buffer, range, from: offset) }
    var done = 0
    while done < range.count {
      let wanted = range.count - done
      // SAFETY: `range` lies inside the buffer, as checked above, and `done` inside `range`.
      let count = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe pread(
          descriptor, bytes.baseAddress.unsafelyUnwrapped + range.lowerBound + done, wanted,
          off_t(offset) + off_t(done))
      }
      if count == 0 { break }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        throw StreamError(.io, path: path, offset: offset + UInt64(done), systemMessage(errno))
      }
      done += count
    }
    return done
  }

  private func readPipe(
    into buffer: inout [UInt8], _ range: Range<Int>, from offset: UInt64
  ) throws(StreamError) -> Int {
    var state = passed.withLock { $0 }
    var next = range.lowerBound
    var place = offset
    while next < range.upperBound {
      let count: Int
      if place < UInt64(state.head.count) {
        let kept = state.head[Int(place)...].prefix(range.upperBound - next)
        count = kept.count
        buffer.replaceSubrange(next..<next + count, with: kept)
      } else {
        guard place == state.count else {
          throw StreamError(.unreadable, path: path, "is a pipe, and can be read only once; give a file")
        }
        if state.isAtEnd { break }
        count = try receive(into: &buffer, next..<range.upperBound, at: place)
        state.isAtEnd = count == 0
        state.head += buffer[next..<next + min(count, Self.headLimit - state.head.count)]
        state.count += UInt64(count)
      }
      if count == 0 { break }
      next += count
      place += UInt64(count)
    }
    let after = state
    passed.withLock { $0 = after }
    return next - range.lowerBound
  }

  /// What the pipe has by now, at least a byte; 0 at its end.
  private func receive(
    into buffer: inout [UInt8], _ range: Range<Int>, at place: UInt64
  ) throws(StreamError) -> Int {
    while true {
      // SAFETY: `range` lies inside the buffer, as the caller has checked; at most `range.count` bytes are written.
      let count = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe Glibc.read(descriptor, bytes.baseAddress.unsafelyUnwrapped + range.lowerBound, range.count)
      }
      if count >= 0 { return count }
      let code = errno
      guard code == EINTR else { throw StreamError(.io, path: path, offset: place, systemMessage(code)) }
    }
  }
}

/// The C library's words for an error number.
func systemMessage(_ code: Int32) -> String {
  // SAFETY: glibc (2.32 and later) returns a NUL-terminated string that this thread owns until its next call.
  unsafe String(cString: strerror(code))
}
