#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The calls on names of files that the commit protocol needs. Each throws `FileError` with the path.
package enum FileSystem {
  /// What a path names, when it names something.
  package struct Status: Sendable, Equatable {
    package let size: Int
    package let isDirectory: Bool
    package let isRegular: Bool
    /// Modification time in nanoseconds since 1970, device and inode: together with the size, the cheap sign that a
    /// file is the one that was read before.
    package let modified: Int64
    package let device: UInt64
    package let inode: UInt64
  }

  /// `nil` if nothing is there.
  package static func status(_ path: String) throws -> Status? {
    var buffer = stat()
    // `buffer` is a local of the right type.
    guard unsafe stat(path, &buffer) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw FileError("examine", path)
    }
    return Status(
      size: Int(buffer.st_size), isDirectory: buffer.st_mode & S_IFMT == S_IFDIR,
      isRegular: buffer.st_mode & S_IFMT == S_IFREG,
      modified: Int64(buffer.st_mtim.tv_sec) * 1_000_000_000 + Int64(buffer.st_mtim.tv_nsec),
      device: UInt64(buffer.st_dev), inode: UInt64(buffer.st_ino))
  }

  package static func exists(_ path: String) -> Bool { ((try? status(path)) ?? nil) != nil }

  /// Makes a directory and those above it; an existing one is fine.
  package static func createDirectories(_ path: String) throws {
    if let status = try status(path), status.isDirectory { return }
    let parent = directory(of: path)
    if parent != path { try createDirectories(parent) }
    if unsafe mkdir(path, 0o777) != 0 {
      // Somebody else was faster, or a file is in its place.
      let code = errno
      guard code == EEXIST, try status(path)?.isDirectory == true else { throw FileError("create", path, code: code) }
    }
    try synchronizeDirectory(parent)
  }

  /// Atomic on one file system; durable only after `synchronizeDirectory`.
  package static func rename(_ from: String, to: String) throws {
    guard unsafe Glibc.rename(from, to) == 0 else { throw FileError("rename", "\(from) to \(to)") }
  }

  package static func removeFile(_ path: String) throws {
    guard unsafe unlink(path) == 0 || errno == ENOENT else { throw FileError("remove", path) }
  }

  /// Removes a directory with all that is in it, or a file. Links are removed, never followed.
  package static func removeTree(_ path: String) throws {
    var buffer = stat()
    guard unsafe lstat(path, &buffer) == 0 else {
      if errno == ENOENT { return }
      throw FileError("examine", path)
    }
    guard buffer.st_mode & S_IFMT == S_IFDIR else { return try removeFile(path) }
    for name in try list(path) { try removeTree(path + "/" + name) }
    guard unsafe rmdir(path) == 0 || errno == ENOENT else { throw FileError("remove", path) }
  }

  /// The names in a directory without `.` and `..`, sorted by their bytes.
  package static func list(_ path: String) throws -> [String] {
    guard let stream = unsafe opendir(path) else { throw FileError("list", path) }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    // readdir's entry is valid until the next call; its name ends with a zero byte.
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
  }

  /// Makes names created, renamed or removed in a directory survive a power loss.
  package static func synchronizeDirectory(_ path: String) throws {
    let descriptor = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("open", path) }
    defer { close(descriptor) }
    // Some file systems have no fsync for directories and say EINVAL: there is nothing more to do there.
    var result = fsync(descriptor)
    while result != 0 && errno == EINTR { result = fsync(descriptor) }
    guard result == 0 || errno == EINVAL else { throw FileError("fsync", path) }
  }

  /// Points the symbolic link at `path` to `target`, atomically: readers see the old target or the new one.
  package static func switchLink(_ path: String, to target: String) throws {
    let temporary = path + ".tmp-link"
    try removeFile(temporary)
    guard unsafe symlink(target, temporary) == 0 else { throw FileError("create", temporary) }
    try rename(temporary, to: path)
    try synchronizeDirectory(directory(of: path))
  }

  /// Where a symbolic link points, or `nil` if there is none.
  package static func linkTarget(_ path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let length = unsafe buffer.withUnsafeMutableBytes { target in
      // Writes at most target.count bytes.
      unsafe readlink(path, target.baseAddress!.assumingMemoryBound(to: CChar.self), target.count)
    }
    return length >= 0 ? String(decoding: buffer[0..<length], as: UTF8.self) : nil
  }

  /// The absolute path without links, or `nil` if nothing is there.
  package static func resolved(_ path: String) -> String? {
    // realpath allocates the result, which is copied and freed here.
    guard let real = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(real) }
    return unsafe String(cString: real)
  }

  /// Where the files of a snapshot of the Hugging Face cache lie, to which its links lead: `X/blobs` for `X/snapshots/REV`
  /// and what is below it; `nil` for any other folder.
  ///
  /// - Parameter path: absolute, without links.
  package static func snapshotBlobs(_ path: String) -> String? {
    var folder = path
    while folder != "/", !folder.isEmpty, folder != "." {
      let above = directory(of: folder)
      if lastComponent(of: above) == "snapshots" { return directory(of: above) + "/blobs" }
      folder = above
    }
    return nil
  }

  /// Free bytes for an ordinary user on the file system of `path`.
  package static func freeBytes(_ path: String) -> Int? {
    var buffer = statvfs()
    guard unsafe statvfs(path, &buffer) == 0 else { return nil }
    return Int(buffer.f_bavail) * Int(buffer.f_frsize)
  }

  /// The part before the last slash: `a/b` gives `a`, `b` gives `.`, `/b` gives `/`.
  package static func directory(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The part after the last slash.
  package static func lastComponent(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
    return String(path[path.utf8.index(after: slash)...])
  }
}
