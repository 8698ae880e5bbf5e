package import Kernels

/// The kind of a file and the versions of it that this program reads; it writes the newest.
package struct FileKind: Sendable, Hashable {
  /// At most 16 ASCII characters, as on the disk.
  package let name: String
  package let versions: ClosedRange<Int>

  package init(_ name: String, versions: ClosedRange<Int> = 1...1) {
    precondition(name.utf8.count <= 16 && name.utf8.allSatisfy { $0 < 128 })
    self.name = name
    self.versions = versions
  }
}

/// The envelope of every binary file: who wrote it, what is in it, and a CRC-32C for every bit.
///
/// ```
/// file      = header padding (section padding)* directory footer          all integers little-endian
/// header    = "bigrain\n"  kind[16]  version:u32  crc:u32                   32 bytes; crc of the 28 before it
/// section   = bytes, beginning at a multiple of 64
/// padding   = zero bytes up to the next multiple of 64
/// directory = (name[16]  offset:u64  length:u64  crc:u32  zero:u32)*        40 bytes a section, in file order
/// footer    = directoryOffset:u64  sections:u32  directoryCRC:u32  fileLength:u64  crc:u32  "end\n"       32 bytes
/// ```
/// Names are ASCII, filled with zero bytes. Example: an empty file of kind `terms`, version 1, without sections, has 96
/// bytes: 32 of header, 32 of padding, an empty directory at 64, the footer.
/// The directory comes last so that sections can be streamed; nothing is ever patched. Version history: 1.
package struct Envelope: Sendable {
  package static let alignment = 64
  static let magic = Array("bigrain\n".utf8)
  static let endMagic = Array("end\n".utf8)
  static let headerBytes = 32
  static let footerBytes = 32
  static let entryBytes = 40

  /// Where a section lies.
  package struct Section: Sendable, Hashable {
    package let name: String
    package let offset: Int
    package let length: Int
    package let checksum: UInt32
  }

  package let path: String
  package let kind: String
  package let version: Int
  /// Bytes of the file.
  package let length: Int
  package let sections: [Section]
  /// Reads bytes of the file: from the mapping, or by `pread`.
  private let source: Source

  enum Source: Sendable {
    case mapped(ByteView)
    case positional(PositionalFile)

    var length: Int {
      switch self {
      case .mapped(let view): view.count
      case .positional(let file): file.length
      }
    }

    func view(_ offset: Int, _ length: Int, path: String) throws -> ByteView {
      guard offset >= 0, length >= 0, offset <= self.length, length <= self.length - offset else {
        throw FormatError.corrupt(path: path, detail: "it ends before byte \(offset &+ length)")
      }
      switch self {
      case .mapped(let view): return try view.slice(offset, length)
      case .positional(let file): return ByteView(try file.readExactly(at: offset, count: length))
      }
    }
  }

  /// How the content will be read: mapped for searching, positional where mapped pages would count as our memory.
  package enum Access { case mapped, positional }

  /// Opens a file and checks its header, footer and directory; sections are checked by `verifiedSection` or `verify`.
  /// Throws `FileError` and `FormatError`.
  package init(path: String, kind: FileKind, access: Access = .mapped) throws {
    try self.init(path: path, access: access)
    guard self.kind == kind.name else {
      throw FormatError.wrongKind(path: path, expected: kind.name, found: "of kind `\(self.kind)`")
    }
    guard version >= kind.versions.lowerBound else {
      throw FormatError.tooOld(path: path, version: version, oldest: kind.versions.lowerBound)
    }
    guard version <= kind.versions.upperBound else {
      throw FormatError.tooNew(path: path, version: version, newest: kind.versions.upperBound)
    }
  }

  /// Opens a file of any kind, to inspect or verify it.
  package init(path: String, access: Access = .mapped) throws {
    self.path = path
    switch access {
    case .mapped: source = .mapped(try MappedFile.open(path))
    case .positional: source = .positional(try PositionalFile(path))
    }
    length = source.length
    (kind, version) = try Self.readHeader(source, path: path)
    sections = try Self.readDirectory(source, path: path)
  }

  private static func readHeader(_ source: Source, path: String) throws -> (kind: String, version: Int) {
    guard source.length >= headerBytes else {
      throw FormatError.corrupt(path: path, detail: "it has \(source.length) bytes, too few for a header")
    }
    let header = try source.view(0, headerBytes, path: path)
    guard try header.bytes(0, 8) == magic else {
      throw FormatError.wrongKind(
        path: path, expected: "bigrain", found: "no file of bigrain, or its header is damaged")
    }
    guard try header.load(UInt32.self, at: 28) == CRC32C.checksum(header.slice(0, 28)) else {
      throw FormatError.corrupt(path: path, detail: "the header's checksum is wrong")
    }
    return (try name(header, at: 8), Int(try header.load(UInt32.self, at: 24)))
  }

  private static func name(_ view: ByteView, at offset: Int) throws -> String {
    String(decoding: try view.bytes(offset, 16).prefix { $0 != 0 }, as: UTF8.self)
  }

  private static func readDirectory(_ source: Source, path: String) throws -> [Section] {
    func corrupt(_ detail: String) -> FormatError { .corrupt(path: path, detail: detail) }
    guard source.length >= alignment + footerBytes else { throw corrupt("it is too short for a footer") }
    let footer = try source.view(source.length - footerBytes, footerBytes, path: path)
    guard try footer.bytes(28, 4) == endMagic,
      try footer.load(UInt32.self, at: 24) == CRC32C.checksum(footer.slice(0, 24))
    else { throw corrupt("the footer is damaged or missing: the file was cut or not finished") }
    guard try footer.load(UInt64.self, at: 16) == UInt64(source.length) else { throw corrupt("its length has changed") }
    let offset = Int(truncatingIfNeeded: try footer.load(UInt64.self, at: 0))
    let count = Int(try footer.load(UInt32.self, at: 8))
    guard offset == source.length - footerBytes - count * entryBytes else {
      throw corrupt("the directory is misplaced")
    }
    let directory = try source.view(offset, count * entryBytes, path: path)
    guard CRC32C.checksum(directory) == (try footer.load(UInt32.self, at: 12)) else {
      throw corrupt("the directory's checksum is wrong")
    }
    return try (0..<count).map { index in
      let base = index * entryBytes
      // Whoever makes a file can make its checksums right, too.
      let start = Int(truncatingIfNeeded: try directory.load(UInt64.self, at: base + 16))
      let length = Int(truncatingIfNeeded: try directory.load(UInt64.self, at: base + 24))
      guard start >= headerBytes, length >= 0, start <= offset, length <= offset - start else {
        throw corrupt("section \(index) does not lie in the file")
      }
      return Section(
        name: try name(directory, at: base), offset: start, length: length,
        checksum: try directory.load(UInt32.self, at: base + 32))
    }
  }

  /// Where the section `name` lies; a missing one is `FormatError.corrupt`.
  package func location(of name: String) throws -> Section {
    guard let section = sections.first(where: { $0.name == name }) else {
      throw FormatError.corrupt(path: path, detail: "it has no section `\(name)`")
    }
    return section
  }

  /// A section's bytes, unchecked: the reader must check what it takes from them.
  package func section(_ name: String) throws -> ByteView {
    let section = try location(of: name)
    return try source.view(section.offset, section.length, path: path)
  }

  /// A section's bytes after their checksum was compared. For sections that are read whole anyway.
  package func verifiedSection(_ name: String) throws -> ByteView {
    let section = try location(of: name)
    let view = try source.view(section.offset, section.length, path: path)
    guard CRC32C.checksum(view) == section.checksum else { throw Self.mismatch(section, path) }
    return view
  }

  /// Part of a section, unchecked, for streaming.
  package func bytes(in section: Section, at offset: Int, count: Int) throws -> ByteView {
    guard offset >= 0, count >= 0, offset <= section.length, count <= section.length - offset else {
      throw FormatError.corrupt(path: path, detail: "section `\(section.name)` ends before byte \(offset &+ count)")
    }
    return try source.view(section.offset + offset, count, path: path)
  }

  private static func mismatch(_ section: Section, _ path: String) -> FormatError {
    .corrupt(path: path, detail: "the checksum of section `\(section.name)` is wrong")
  }

  /// Checks every bit of the file in pieces of 1 MiB: section checksums, and zeros in between. Throws `FormatError`.
  package func verify() throws {
    var end = Self.headerBytes
    for section in sections {
      try verifyPadding(from: end, to: section.offset)
      var checksum: UInt32 = 0
      var done = 0
      while done < section.length {
        let count = min(1 << 20, section.length - done)
        checksum = CRC32C.checksum(try bytes(in: section, at: done, count: count), continuing: checksum)
        done += count
      }
      guard checksum == section.checksum else { throw Self.mismatch(section, path) }
      end = section.offset + section.length
    }
    try verifyPadding(from: end, to: length - Self.footerBytes - sections.count * Self.entryBytes)
  }

  private func verifyPadding(from start: Int, to end: Int) throws {
    guard end >= start, end - start < 2 * Self.alignment else {
      throw FormatError.corrupt(path: path, detail: "its sections do not follow each other")
    }
    let padding = try source.view(start, end - start, path: path)
    for index in 0..<padding.count where padding[index] != 0 {
      throw FormatError.corrupt(path: path, detail: "the padding at byte \(start + index) is not zero")
    }
  }
}
