internal import Glibc

/// A regular file, open for reading at any position.
///
/// Holds one descriptor until it is released. Threads may read it at the same time: `pread` has no shared position.
package final class InputFile: Sendable {
  package let path: String
  /// Bytes when it was opened.
  package let byteCount: UInt64
  private let descriptor: Int32

  /// - Throws: `StreamError` `.missing`, or `.unreadable` for what is not a regular file.
  package init(path: String) throws(StreamError) {
    // SAFETY: `path` is passed as a NUL-terminated copy that outlives the call; the call keeps no pointer.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let code = errno
      throw StreamError(code == ENOENT ? .missing : .unreadable, path: path, systemMessage(code))
    }
    var status = stat()
    // SAFETY: `status` is a whole `stat`, written during the call only.
    guard unsafe fstat(descriptor, &status) == 0 else {
      let code = errno
      _ = close(descriptor)
      throw StreamError(.unreadable, path: path, systemMessage(code))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      _ = close(descriptor)
      let isDirectory = status.st_mode & S_IFMT == S_IFDIR
      throw StreamError(
        .unreadable, path: path, isDirectory ? "is a directory; name its files: \(path)/*" : "is not a regular file")
    }
    self.path = path
    self.descriptor = descriptor
    byteCount = UInt64(status.st_size)
  }

  deinit {
    _ = close(descriptor)
  }

  /// Copies bytes of the file from `offset` on into `buffer[range]`.
  ///
  /// - Returns: how many were copied; fewer than `range.count` only at the file's end.
  /// - Throws: `StreamError` `.io`.
  package func read(
    into buffer: inout [UInt8], _ range: Range<Int>, from offset: UInt64
  ) throws(StreamError) -> Int {
    precondition(range.lowerBound >= 0 && range.upperBound <= buffer.count)
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
}

/// The C library's words for an error number.
func systemMessage(_ code: Int32) -> String {
  // SAFETY: glibc (2.32 and later) returns a NUL-terminated string that this thread owns until its next call.
  unsafe String(cString: strerror(code))
}
