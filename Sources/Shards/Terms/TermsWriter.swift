internal import Codecs
internal import Kernels

/// Writes the dictionary of a shard: kind `terms`, version 1 beside `BlockPostingsWriter`'s lists, version 2 beside
/// `FittedPostingsWriter`'s.
///
/// Terms are opaque bytes of any length and ascend as unsigned bytes, a prefix first. Sixteen make a block, in version 2
/// 64; within a block each term but the first is the length it shares with the one before and the rest. The first terms
/// of the blocks are apart, whole, so that a search touches one block. All integers are little-endian. Version 1:
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
/// Version 2 has other blocks, and no entries of `blockmax`:
/// ```
/// block            = postingsOffset:varint  entry[1...64]
/// entry            = (lengths:u8  shared:varint?  suffixLength:varint?  suffix)      all but the first of a block
///                    frequency:varint  listLength:varint  maxImpact:varint  class:u8  (list | checksum:u32)
/// ```
/// `lengths` is `shared` and 16 times `suffixLength`, each at most 15; where one is 15, what is above 15 follows.
/// `listLength` is the bytes of the list, less 25/16 of the frequency (rounded down), doubled where that is not negative,
/// else minus twice that minus one. A list of one block and at most 48 bytes stands in the entry; of others there is the
/// CRC-32C of their bytes in `postings`. A term's block has its own checksum.
///
/// Version history: 2 is smaller: no checksum and no place of short lists, no `blockmax`.
final class TermsWriter {
  /// What is read.
  static let kind = FileKind("terms", versions: 1...2)
  /// Lists of one block up to this size stand in the dictionary.
  static let inlineBytes = 48

  /// Version 1, version 2.
  enum Format: Int {
    case entries16 = 1
    case inlined64 = 2

    var blockTerms: Int { self == .entries16 ? 16 : 64 }
    fileprivate var kind: FileKind { FileKind("terms", versions: 1...rawValue) }
  }

  private let file: EnvelopeWriter
  private let format: Format
  private var block: [UInt8] = []
  private var inBlock = 0
  private var previous: [UInt8] = []
  private var starts: [UInt64] = [0]
  private var checksums: [UInt32] = []
  private var firstEnds: [UInt64] = [0]
  private var firsts: [UInt8] = []

  init(path: String, format: Format, attempt: Int) throws {
    file = try EnvelopeWriter(path: path, kind: format.kind, attempt: attempt)
    self.format = format
    try file.begin("blocks")
  }

  /// Appends a term, which must follow the one before. `inline`: a list that stands here (version 2).
  func append(_ term: [UInt8], _ entry: TermEntry, kind: ImpactKind, inline: [UInt8]? = nil) throws {
    if inBlock == 0 {
      firsts.append(contentsOf: term)
      firstEnds.append(UInt64(firsts.count))
      VarintList.append(UInt64(entry.offset), to: &block)
      if format == .entries16 { VarintList.append(UInt64(entry.firstBlock), to: &block) }
    } else {
      appendTerm(term)
    }
    VarintList.append(UInt64(entry.documentFrequency), to: &block)
    switch format {
    case .entries16: appendEntry(entry, kind)
    case .inlined64: appendEntry(entry, inline)
    }
    previous = term
    inBlock += 1
    if inBlock == format.blockTerms { try flush() }
  }

  private func appendTerm(_ term: [UInt8]) {
    let shared = sharedPrefixLength(previous, term)
    let rest = term.count - shared
    if format == .inlined64 { block.append(UInt8(min(shared, 15) | min(rest, 15) << 4)) }
    if format == .entries16 || shared >= 15 {
      VarintList.append(UInt64(shared - (format.blockTerms == 64 ? 15 : 0)), to: &block)
    }
    if format == .entries16 || rest >= 15 {
      VarintList.append(UInt64(rest - (format.blockTerms == 64 ? 15 : 0)), to: &block)
    }
    block.append(contentsOf: term[shared...])
  }

  private func appendEntry(_ entry: TermEntry, _ kind: ImpactKind) {
    VarintList.append(UInt64(entry.length), to: &block)
    switch kind {
    case .integers: VarintList.append(UInt64(entry.maxImpact), to: &block)
    case .floats: block.appendLittleEndian(entry.maxImpact)
    }
    block.appendLittleEndian(entry.checksum)
  }

  private func appendEntry(_ entry: TermEntry, _ inline: [UInt8]?) {
    let surplus = entry.length - Self.usualLength(entry.documentFrequency)
    VarintList.append(UInt64(surplus >= 0 ? 2 * surplus : -2 * surplus - 1), to: &block)
    VarintList.append(UInt64(entry.maxImpact), to: &block)
    block.append(entry.impactClass)
    if let inline { block.append(contentsOf: inline) } else { block.appendLittleEndian(entry.checksum) }
  }

  /// The bytes that a list of `frequency` postings has, about.
  static func usualLength(_ frequency: Int) -> Int { frequency * 25 / 16 }

  private func flush() throws {
    guard inBlock > 0 else { return }
    try file.append(block)
    checksums.append(CRC32C.checksum(block))
    starts.append(UInt64(file.sectionLength))
    block.removeAll(keepingCapacity: true)
    inBlock = 0
  }

  /// Writes what is left; the file is to be committed.
  func finish(_ totals: PostingTotals) throws -> EnvelopeWriter {
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
    return file
  }

  private static func bytes<T: FixedWidthInteger & BitwiseCopyable>(of values: [T]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendLittleEndian(contentsOf: values)
    return bytes
  }
}
