internal import Codecs
internal import Kernels

/// Writes the dictionary of a shard beside `BlockPostingsWriter`'s lists: kind `terms`, version 1.
///
/// Terms are opaque bytes of any length and ascend as unsigned bytes, a prefix first. Sixteen make a block (see
/// `TermBlocks` for the sections); within a block each term but the first is the length it shares with the one before and
/// the rest. All integers are little-endian.
///
/// ```
/// block            = postingsOffset:varint  firstBlock:varint  entry[1...16]
/// entry            = (shared:varint  suffixLength:varint  suffix)   all but the first of a block
///                    frequency:varint  listLength:varint  (maxImpact:varint | maxImpact:f32)  checksum:u32
/// ```
/// `postingsOffset` and `firstBlock` are the first entry's place in `postings` and `blockmax`; the others follow from
/// the lengths. The impact is a varint where kind is 1 (integers), a float where it is 2.
/// Example: the terms `ab` and `abc`, in one document each, with lists of 2 bytes and impact 5, are the block
/// `00 00  01 02 05 crc  02 01 63  01 02 05 crc` and the first term `ab`.
///
/// Version 2, which is read and not written any more, has blocks of 64 terms, and no entries of `blockmax`:
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
/// Version history: 2 was smaller: no checksum and no place of short lists, no `blockmax`; see `FittedTermsWriter` for 3.
final class TermsWriter {
  private static let blockTerms = 16

  private let file: EnvelopeWriter
  private var blocks: TermBlocksWriter
  private var block: [UInt8] = []
  private var inBlock = 0
  private var firstTerm: [UInt8] = []
  private var previous: [UInt8] = []

  init(path: String, attempt: Int) throws {
    file = try EnvelopeWriter(path: path, kind: FileKind("terms"), attempt: attempt)
    blocks = try TermBlocksWriter(file, version: 1)
  }

  /// Appends a term, which must follow the one before.
  func append(_ term: [UInt8], _ entry: TermEntry, kind: ImpactKind) throws {
    if inBlock == 0 {
      firstTerm = term
      VarintList.append(UInt64(entry.offset), to: &block)
      VarintList.append(UInt64(entry.firstBlock), to: &block)
    } else {
      appendTerm(term)
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

  private func appendTerm(_ term: [UInt8]) {
    let shared = sharedPrefixLength(previous, term)
    VarintList.append(UInt64(shared), to: &block)
    VarintList.append(UInt64(term.count - shared), to: &block)
    block.append(contentsOf: term[shared...])
  }

  private func flush() throws {
    guard inBlock > 0 else { return }
    try blocks.append(block, firstTerm: firstTerm)
    block.removeAll(keepingCapacity: true)
    inBlock = 0
  }

  /// Writes what is left; the file is to be committed.
  func finish(_ totals: PostingTotals) throws -> EnvelopeWriter {
    try flush()
    try blocks.finish(totals)
    return file
  }
}
