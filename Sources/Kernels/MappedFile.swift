#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A whole file mapped read-only into memory.
///
/// Files of an index are never changed after they are published (a new generation is a new directory), so the mapped
/// bytes stay as they were. A file that somebody truncates while it is mapped ends the process with SIGBUS: that is the
/// one thing the mapping cannot check.
package enum MappedFile {
  @safe private final class Mapping {
    let address: UnsafeMutableRawPointer
    let length: Int
    init(address: UnsafeMutableRawPointer, length: Int) {
      unsafe self.address = unsafe address
      self.length = length
    }
    // Unmapped once, when the last view is gone.
    deinit { unsafe munmap(address, length) }
  }

  /// How the file will be read, so that the kernel reads ahead or not; `mixed` leaves it to the kernel.
  package enum Access { case sequential, random, mixed }

  /// Maps the file at `path`. Throws `FileError`.
  package static func open(_ path: String, access: Access = .random) throws -> ByteView {
    let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError("open", path) }
    defer { close(descriptor) }
    var status = stat()
    // `status` is a local of the right type.
    guard unsafe fstat(descriptor, &status) == 0 else { throw FileError("examine", path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileError("map", path, code: EISDIR) }
    let length = Int(status.st_size)
    guard length > 0 else { return ByteView([]) }
    // A new private read-only mapping of `length` bytes, owned by `Mapping`.
    guard let address = unsafe mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor, 0), unsafe address != MAP_FAILED
    else { throw FileError("map", path) }
    switch access {
    case .sequential: unsafe madvise(address, length, MADV_SEQUENTIAL)
    case .random: unsafe madvise(address, length, MADV_RANDOM)
    case .mixed: break
    }
    let owner = unsafe Mapping(address: address, length: length)
    return unsafe ByteView(owner: owner, base: UnsafeRawPointer(address), count: length)
  }
}
