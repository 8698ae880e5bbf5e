internal import CKernels

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// An unbuffered file open for writing from its start. One thread at a time.
package final class FileAppender {
  package let path: String
  private var descriptor: Int32

  /// Creates the file, or empties an existing one.
  package init(creating path: String) throws {
    descriptor = unsafe Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError("create", path) }
    self.path = path
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Writes all of `bytes`; short writes and interrupted calls are continued.
  package func write(_ bytes: [UInt8]) throws {
    var offset = 0
    while offset < bytes.count {
      // Reads the bytes.count - offset bytes that are left.
      let done = unsafe bytes.withUnsafeBytes { source in
        unsafe Glibc.write(descriptor, source.baseAddress! + offset, bytes.count - offset)
      }
      if done < 0 && errno == EINTR { continue }
      guard done > 0 else { throw FileError("write", path, code: done == 0 ? ENOSPC : errno) }
      offset += done
    }
  }

  /// Lets the kernel begin to write, so that `synchronizeAndClose` waits for less. Says nothing of failures: that does.
  package func beginWriting() { ck_begin_writing(descriptor) }

  /// Makes the content survive a power loss, then closes. After a failure the file must be treated as lost.
  package func synchronizeAndClose() throws {
    defer {
      close(descriptor)
      descriptor = -1
    }
    // An interrupted fsync may be asked again; any other failure means that bytes may be lost.
    var result = fsync(descriptor)
    while result != 0 && errno == EINTR { result = fsync(descriptor) }
    guard result == 0 else { throw FileError("fsync", path) }
  }
}
