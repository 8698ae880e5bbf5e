internal import Kernels

/// Size and digest of a finished file: what a checkpoint row or a manifest remembers of it.
package struct FileSeal: Codable, Hashable, Sendable {
  /// Bytes.
  package let size: Int
  /// SHA-256 of all bytes.
  package let fingerprint: Fingerprint

  package init(size: Int, fingerprint: Fingerprint) {
    self.size = size
    self.fingerprint = fingerprint
  }

  /// Reads the whole file in pieces of 1 MiB.
  package static func measure(_ path: String) throws -> FileSeal {
    let file = try PositionalFile(path)
    var hasher = FingerprintHasher()
    var offset = 0
    while offset < file.length {
      let piece = try file.read(at: offset, count: 1 << 20)
      if piece.isEmpty { break }
      hasher.update(piece)
      offset += piece.count
    }
    return FileSeal(size: offset, fingerprint: hasher.finalize())
  }
}

/// Writes one file by the commit protocol: `name.tmp-<attempt>`, flush, fsync, rename, fsync the directory.
///
/// Until `commit` returns, the final name does not exist or is what it was before. A file that is not committed is
/// removed when the object goes. One thread at a time.
package final class DurableFile {
  package let path: String
  private let temporary: String
  private let appender: FileAppender
  private var buffer: [UInt8] = []
  private var hasher = FingerprintHasher()
  private var committed = false
  /// Bytes appended so far.
  package private(set) var position = 0
  private static let bufferBytes = 1 << 18

  package init(_ path: String, attempt: Int = 0) throws {
    self.path = path
    temporary = "\(path).tmp-\(attempt)"
    appender = try FileAppender(creating: temporary)
    buffer.reserveCapacity(Self.bufferBytes)
  }

  deinit { if !committed { try? FileSystem.removeFile(temporary) } }

  package func append(_ bytes: [UInt8]) throws {
    position += bytes.count
    if buffer.count + bytes.count > Self.bufferBytes { try flush() }
    if bytes.count >= Self.bufferBytes {
      hasher.update(bytes)
      try appender.write(bytes)
    } else {
      buffer.append(contentsOf: bytes)
    }
  }

  private func flush() throws {
    guard !buffer.isEmpty else { return }
    hasher.update(buffer)
    try appender.write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  /// Makes the file appear under its name, durably.
  package func commit() throws -> FileSeal { try Self.commit([self])[0] }

  /// Makes files appear under their names, durably, in their order. The disk is asked for all of them before it is
  /// waited for, and each folder is synchronized once: a journal is then written once, not once a file.
  package static func commit(_ files: [DurableFile]) throws -> [FileSeal] {
    for file in files {
      try file.flush()
      if files.count > 1 { file.appender.beginWriting() }
    }
    for file in files { try file.appender.synchronizeAndClose() }
    for file in files {
      try FileSystem.rename(file.temporary, to: file.path)
      file.committed = true
    }
    for folder in Set(files.map { FileSystem.directory(of: $0.path) }).sorted() {
      try FileSystem.synchronizeDirectory(folder)
    }
    return files.map { FileSeal(size: $0.position, fingerprint: $0.hasher.finalize()) }
  }

  /// Writes a small file in one step.
  @discardableResult
  package static func write(_ bytes: [UInt8], to path: String, attempt: Int = 0) throws -> FileSeal {
    let file = try DurableFile(path, attempt: attempt)
    try file.append(bytes)
    return try file.commit()
  }
}
