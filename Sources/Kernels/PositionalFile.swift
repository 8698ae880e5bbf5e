#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A file open for reading at given offsets (`pread`), where a mapping would count its pages as our memory.
/// Safe to use from several threads: it has no position.
package final class PositionalFile: Sendable {
  package let path: String
  /// Bytes, when it was opened.
  package let length: Int
  private let descriptor: Int32

  package init(_ path: String) throws {
    descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError("open", path) }
    var status = stat()
    // `status` is a local of the right type.
    guard unsafe fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw FileError("examine", path, code: code)
    }
    self.path = path
    length = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Up to `count` bytes from `offset`; fewer only at the end of the file. Retries short reads and interrupted calls.
  package func read(at offset: Int, count: Int) throws -> [UInt8] {
    precondition(offset >= 0 && count >= 0)
    let wanted = max(0, min(count, length - offset))
    var failure: Int32 = 0
    let result = unsafe [UInt8](unsafeUninitializedCapacity: max(wanted, 1)) { target, written in
      written = 0
      while written < wanted {
        // Writes at most the `wanted - written` bytes that are left of the capacity.
        let got = unsafe pread(descriptor, target.baseAddress! + written, wanted - written, offset + written)
        if got < 0 && errno == EINTR { continue }
        if got < 0 { failure = errno }
        if got <= 0 { break }
        written += got
      }
    }
    if failure != 0 { throw FileError("read", path, code: failure) }
    return result
  }

  /// Exactly `count` bytes; a file that ends before is an error.
  package func readExactly(at offset: Int, count: Int) throws -> [UInt8] {
    let bytes = try read(at: offset, count: count)
    guard bytes.count == count else { throw FileError("read", path, code: EIO) }
    return bytes
  }
}
