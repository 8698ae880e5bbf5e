internal import Codecs
internal import Kernels

/// Writes the dictionary of a shard: kind `terms`, version 1.
///
/// Terms are opaque bytes of any length and ascend as unsigned bytes, a prefix first. Sixteen make a block; within a
/// block each term but the first is the length it shares with the one before and the rest. The first terms of the
/// blocks are apart, whole, so that a search touches one block. All integers are little-endian.
///
/// ```
/// section blocks     block*
/// block            = postingsOffset:varint  firstBlock:varint  entry[1...16]
/// entry            = (shared:varint  suffixLength:varint  suffix)   all but the first of a block
///                    frequency:varint  listLength:varint  (maxImpact:varint | maxImpact:f32)  checksum:u32
/// section starts     u64[blocks + 1]      where each block begins in `blocks`, and where the last ends
/// section checksums  u32[blocks]          CRC-32C of each block
/// section firstEnds  u64[blocks + 1]      0, then where each block's first term ends in `firsts`
/// section firsts     the first terms, one after the other
/// section totals     documents:u32 kind:u32 terms:u64 postings:u64 listBytes:u64 blockEntries:u64 minImpact:f32
/// ```
/// `postingsOffset` and `firstBlock` are the first entry's place in `postings` and `blockmax`; the others follow from
/// the lengths. The impact is a varint where kind is 1 (integers), a float where it is 2.
/// Example: the terms `ab` and `abc`, in one document each, with lists of 2 bytes and impact 5, are the block
/// `00 00  01 02 05 crc  02 01 63  01 02 05 crc` and the first term `ab`.
///
/// Version history: 1.
final class TermsWriter {
  static let kind = FileKind("terms")
  static let blockTerms = 16

  private let file: EnvelopeWriter
  private var block: [UInt8] = []
  private var inBlock = 0
  private var previous: [UInt8] = []
  private var starts: [UInt64] = [0]
  private var checksums: [UInt32] = []
  private var firstEnds: [UInt64] = [0]
  private var firsts: [UInt8] = []

  init(path: String, attempt: Int) throws {
    file = try EnvelopeWriter(path: path, kind: Self.kind, attempt: attempt)
    try file.begin("blocks")
  }

  /// Appends a term, which must follow the one before.
  func append(_ term: [UInt8], _ entry: TermEntry, kind: ImpactKind) throws {
    if inBlock == 0 {
      firsts.append(contentsOf: term)
      firstEnds.append(UInt64(firsts.count))
      VarintList.append(UInt64(entry.offset), to: &block)
      VarintList.append(UInt64(entry.firstBlock), to: &block)
    } else {
      let shared = sharedPrefixLength(previous, term)
      VarintList.append(UInt64(shared), to: &block)
      VarintList.append(UInt64(term.count - shared), to: &block)
      block.append(contentsOf: term[shared...])
    }
    VarintList.append(UInt64(entry.documentFrequency), to: &block)
    VarintList.append(UInt64(entry.length), to: &block)
    switch kind {
    case .integers: VarintList.append(UInt64(entry.maxImpact), to: &block)
    case .floats: block.appendLittleEndian(entry.maxImpact)
    }
    block.appendLittleEndian(entry.checksum)
    previous = term
    inBlock += 1
    if inBlock == Self.blockTerms { try flush() }
  }

  private func flush() throws {
    guard inBlock > 0 else { return }
    try file.append(block)
    checksums.append(CRC32C.checksum(block))
    starts.append(UInt64(file.sectionLength))
    block.removeAll(keepingCapacity: true)
    inBlock = 0
  }

  func commit(_ totals: PostingTotals) throws -> FileSeal {
    try flush()
    try file.section("starts", Self.bytes(of: starts))
    try file.section("checksums", Self.bytes(of: checksums))
    try file.section("firstEnds", Self.bytes(of: firstEnds))
    try file.section("firsts", firsts)
    var bytes: [UInt8] = []
    bytes.appendLittleEndian(UInt32(totals.documentCount))
    bytes.appendLittleEndian(UInt32(totals.impactKind.rawValue))
    for count in [totals.termCount, totals.postingCount, totals.listBytes, totals.blockEntries] {
      bytes.appendLittleEndian(UInt64(count))
    }
    bytes.appendLittleEndian(totals.minImpact)
    try file.section("totals", bytes)
    return try file.commit()
  }

  private static func bytes<T: FixedWidthInteger & BitwiseCopyable>(of values: [T]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendLittleEndian(contentsOf: values)
    return bytes
  }
}
