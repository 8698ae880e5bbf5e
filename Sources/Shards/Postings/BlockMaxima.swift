internal import Codecs
internal import Kernels

/// What is known of a block of postings without reading it.
struct BlockEntry: Sendable, Hashable {
  /// Bytes of an entry on the disk.
  static let bytes = 16

  let lastDocument: UInt32
  /// Bytes from the beginning of the list.
  let offset: UInt32
  let maxImpact: Float
  /// CRC-32C of the block.
  let checksum: UInt32

  func append(to output: inout [UInt8]) {
    output.appendLittleEndian(lastDocument)
    output.appendLittleEndian(offset)
    output.appendLittleEndian(maxImpact)
    output.appendLittleEndian(checksum)
  }
}

/// Writes the maxima of blocks of a shard: kind `blockmax`, version 1. Little-endian.
///
/// ```
/// section entries   entry*                                                   list after list, in the order of terms
/// entry           = lastDocument:u32  offset:u32  maxImpact:f32  crc:u32     16 bytes, one a block of 128 postings
/// ```
/// `offset` counts from the beginning of the block's list, `crc` is the CRC-32C of the block's bytes in `postings`.
/// Lists of one block (up to 128 postings) have no entry: what it would say is in `terms`. A list has at most 4 GiB.
/// Source of block maxima: Ding and Suel, "Faster top-k document retrieval using block-max indexes", 2011.
/// Version history: 1.
final class BlockMaximaWriter {
  static let kind = FileKind("blockmax")

  private let file: EnvelopeWriter
  /// Entries that are not in the file yet.
  private var bytes: [UInt8] = []
  private static let bufferBytes = 1 << 15
  /// Entries so far.
  private(set) var count = 0

  init(path: String, attempt: Int) throws {
    file = try EnvelopeWriter(path: path, kind: Self.kind, attempt: attempt)
    try file.begin("entries")
  }

  /// Appends an entry; returns the checksum of the list's entries, `continuing` that of those before.
  func append(_ entry: BlockEntry, continuing checksum: UInt32) throws -> UInt32 {
    let start = bytes.count
    entry.append(to: &bytes)
    count += 1
    let checksum = CRC32C.checksum(bytes[start...], continuing: checksum)
    if bytes.count >= Self.bufferBytes { try flush() }
    return checksum
  }

  private func flush() throws {
    try file.append(bytes)
    bytes.removeAll(keepingCapacity: true)
  }

  /// Writes what is left; the file is to be committed.
  func finish() throws -> EnvelopeWriter {
    try flush()
    return file
  }
}
