/// How a file's bytes are stored, told by its first bytes. Its name plays no part.
package enum Compression: String, Sendable, Hashable, Codable, CaseIterable {
  case none, gzip, zstd, lz4

  /// The suffix that usually goes with it.
  package var suffix: String? {
    switch self {
    case .none: nil
    case .gzip: ".gz"
    case .zstd: ".zst"
    case .lz4: ".lz4"
    }
  }

  /// The compression a path's suffix promises.
  package static func promised(by path: String) -> Compression {
    let lower = path.lowercased()
    return allCases.first { $0.suffix.map(lower.hasSuffix) ?? false } ?? .none
  }

  /// What the file's content says.
  ///
  /// Skippable frames, which zstd and lz4 share, are stepped over; a file of nothing else is what its suffix says.
  /// - Throws: `StreamError` `.unsupported` for compressions that are recognised and not read, `.io`.
  package static func detected(in file: InputFile) throws(StreamError) -> Compression {
    var head = [UInt8](repeating: 0, count: 16)
    var offset: UInt64 = 0
    while true {
      let count = try file.read(into: &head, 0..<head.count, from: offset)
      guard count >= 8, head[1] == 0x2A, head[2] == 0x4D, head[3] == 0x18, head[0] & 0xF0 == 0x50 else {
        if offset > 0 && count == 0 { return promised(by: file.path) }
        return try recognised(Array(head[..<count]), file.path)
      }
      offset += 8 + head[4..<8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
  }

  private static func recognised(_ head: [UInt8], _ path: String) throws(StreamError) -> Compression {
    if head.starts(with: [0x1F, 0x8B]) { return .gzip }
    if head.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return .zstd }
    if head.starts(with: [0x04, 0x22, 0x4D, 0x18]) { return .lz4 }
    for (magic, name, remedy) in unsupported where head.starts(with: magic) {
      throw StreamError(.unsupported, path: path, "is \(name); unpack it first (\(remedy))")
    }
    return .none
  }

  private static let unsupported: [(magic: [UInt8], name: String, remedy: String)] = [
    ([0x1F, 0x9D], "a Unix compress file (.Z)", "gzip -d"),
    ([0x02, 0x21, 0x4C, 0x18], "in lz4's old format", "lz4 -d, then lz4"),
    ([0x42, 0x5A, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59], "a bzip2 file", "bzip2 -d"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "an xz file", "xz -d"),
    ([0x50, 0x4B, 0x03, 0x04], "a zip archive", "unzip"),
    ([0xFF, 0xFE], "UTF-16 text", "iconv -f UTF-16 -t UTF-8"),
    ([0xFE, 0xFF], "UTF-16 text", "iconv -f UTF-16 -t UTF-8"),
  ]

  /// The uncompressed bytes of `file`, which must be stored this way.
  package func stream(_ file: InputFile, limit: ExpansionLimit = ExpansionLimit()) -> any ByteStream {
    switch self {
    case .none: PlainStream(file)
    case .gzip: DecompressedStream(file, GzipDecoder(), limit: limit)
    case .zstd: DecompressedStream(file, ZstdDecoder(), limit: limit)
    case .lz4: DecompressedStream(file, LZ4Decoder(), limit: limit)
    }
  }
}
