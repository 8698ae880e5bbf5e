package import Codecs
internal import Kernels

/// Writes a sorted run: the postings of a chunk in the order of their terms, written once and read once, as a stream.
/// Kind `run`, version 1, little-endian.
///
/// ```
/// section blocks   block*
/// block          = rawLength:u32  compressedLength:u32  crc:u32  bytes[compressedLength]
/// bytes          = an LZ4 block of piece*               crc is the CRC-32C of both lengths and the compressed bytes
/// piece          = shared:varint  suffixLength:varint  suffix  count:varint  gap:varint[count]  impacts
/// impacts        = impact:varint[count] | impact:f32[count]                   integers less one | floats
/// section totals   documents:u32  kind:u32  pieces:u64  postings:u64          kind: 1 integers, 2 floats
/// ```
/// A block is closed when it has 64 KiB, so it is larger only by its last piece. A piece has at most 4096 postings; a
/// term that has more is in several pieces, which share all of it. `shared` counts the bytes that a term has in common
/// with the piece before in the same block. The first gap is the document + 1 where a term begins, and counts from the
/// document before where a piece continues it: documents ascend within a term.
///
/// Example: term `ab` in documents 3 and 7 with impacts 1 and 200 is the piece `00 02 61 62 02 04 04 00 c7 01`.
///
/// Memory: about 256 KiB. One thread at a time. Version history: 1.
package final class RunWriter: PostingSink {
  static let kind = FileKind("run")
  static let blockBytes = 64 << 10
  static let piecePostings = 4096

  private let file: EnvelopeWriter
  private let impactKind: ImpactKind
  private let documentCount: Int
  private var encoder: RunEncoder

  /// Begins a run of a chunk of `documentCount` documents. Throws `FileError`, and `PostingsError.limit`.
  package init(path: String, documentCount: Int, impactKind: ImpactKind, attempt: Int = 0) throws {
    guard documentCount >= 0, documentCount < UInt32.max else {
      throw PostingsError.limit("a run holds fewer than 2^32 - 1 documents, not \(documentCount)")
    }
    file = try EnvelopeWriter(path: path, kind: Self.kind, attempt: attempt)
    self.impactKind = impactKind
    self.documentCount = documentCount
    encoder = RunEncoder(kind: impactKind, documentCount: documentCount)
    try file.begin("blocks")
  }

  package func begin(term: [UInt8]) throws { try encoder.begin(term: term) }

  /// A whole term at once. Throws as `append`.
  package func write(term: [UInt8], documents: [UInt32], impacts: [Float], in range: Range<Int>) throws {
    if range.count < Self.piecePostings {
      // One piece. One access to the encoder, because each is checked.
      if try encoder.write(term: term, documents, impacts, in: range) { try flushBlock() }
      return
    }
    try begin(term: term)
    try append(documents: documents, impacts: impacts, in: range)
    try endTerm()
  }

  package func append(documents: [UInt32], impacts: [Float], in range: Range<Int>) throws {
    var done = range.lowerBound
    while done < range.upperBound {
      done = try encoder.append(documents, impacts, from: done, to: range.upperBound)
      if encoder.isBlockFull { try flushBlock() }
    }
  }

  package func endTerm() throws {
    if encoder.endTerm() { try flushBlock() }
  }

  private func flushBlock() throws {
    let raw = encoder.takeBlock()
    guard !raw.isEmpty else { return }
    guard raw.count <= 1 << 30 else { throw PostingsError.limit("a term has at most 1 GiB") }
    let compressed = LZ4Block.compress(raw)
    var header: [UInt8] = []
    header.appendLittleEndian(UInt32(raw.count))
    header.appendLittleEndian(UInt32(compressed.count))
    header.appendLittleEndian(CRC32C.checksum(compressed, continuing: CRC32C.checksum(header)))
    try file.append(header)
    try file.append(compressed)
  }

  /// Makes the run appear under its name; `sections` are added after its own, for what belongs to the same chunk.
  package func commit(adding sections: [(name: String, bytes: [UInt8])] = []) throws -> FileSeal {
    try flushBlock()
    var totals: [UInt8] = []
    totals.appendLittleEndian(UInt32(documentCount))
    totals.appendLittleEndian(UInt32(impactKind.rawValue))
    totals.appendLittleEndian(UInt64(encoder.pieces))
    totals.appendLittleEndian(UInt64(encoder.postings))
    try file.section("totals", totals)
    for section in sections { try file.section(section.name, section.bytes) }
    return try file.commit()
  }
}

/// The pieces of the block that is being filled.
private struct RunEncoder {
  private var raw: [UInt8] = []
  private var piece: RunPiece
  private var term: [UInt8] = []
  /// The last term that was written, and how many bytes `term` shares with it.
  private var previous: [UInt8]?
  private var shared = 0
  private(set) var pieces = 0
  private(set) var postings = 0

  init(kind: ImpactKind, documentCount: Int) {
    piece = RunPiece(kind: kind, documentCount: documentCount)
    raw.reserveCapacity(RunWriter.blockBytes * 2)
  }

  var isBlockFull: Bool { raw.count >= RunWriter.blockBytes }

  mutating func begin(term: [UInt8]) throws {
    if let previous {
      shared = sharedPrefixLength(previous, term)
      guard shared < term.count, shared == previous.count || previous[shared] < term[shared] else {
        throw PostingsError.termOrder(term: term, previous: previous)
      }
    }
    self.term = term
    piece.beginTerm()
  }

  /// Appends elements until a piece is full; returns where it stopped.
  mutating func append(_ documents: [UInt32], _ impacts: [Float], from start: Int, to end: Int) throws -> Int {
    let stop = try piece.append(documents, impacts, from: start, to: end, term: term)
    if piece.isFull { flushPiece() }
    return stop
  }

  /// A term of less than a piece. Whether the block is full after it.
  mutating func write(
    term: [UInt8], _ documents: [UInt32], _ impacts: [Float], in range: Range<Int>
  ) throws -> Bool {
    try begin(term: term)
    _ = try append(documents, impacts, from: range.lowerBound, to: range.upperBound)
    return endTerm()
  }

  /// Whether the block is full after it.
  mutating func endTerm() -> Bool {
    if piece.count > 0 { flushPiece() }
    if piece.hasBegun { previous = term }
    return isBlockFull
  }

  private mutating func flushPiece() {
    let shared = raw.isEmpty ? 0 : piece.isContinued ? term.count : shared
    VarintList.append(UInt64(shared), to: &raw)
    VarintList.append(UInt64(term.count - shared), to: &raw)
    raw.append(contentsOf: term[shared...])
    pieces += 1
    postings += piece.count
    piece.flush(into: &raw)
  }

  /// The block's bytes, and begins the next.
  mutating func takeBlock() -> [UInt8] {
    defer {
      raw = []
      raw.reserveCapacity(RunWriter.blockBytes * 2)
    }
    return raw
  }
}
