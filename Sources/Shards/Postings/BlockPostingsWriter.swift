internal import Codecs
internal import Kernels

/// Writes lists in blocks that are coded apart, version 1: three files, `terms` (see `TermsWriter`), `blockmax` (see
/// `BlockMaximaWriter`), and `postings`, of which this is the format: kind `postings`, version 1, little-endian.
///
/// ```
/// section lists    list*                             in the order of terms, nothing in between
/// list           = block*                            of 128 postings, the last of 1...128
/// block          = bytes of the codec                see `BitPackedCodec`
/// section codec    name[16]  kind:u32  documents:u32 kind: 1 integers, 2 floats
/// ```
/// Documents are numbered from 0 and ascend in a list. A list's place and frequency stand in `terms`, a block's in
/// `blockmax`. Each block has a CRC-32C there, so that what a search reads was checked, and what it does not read costs
/// nothing.
///
/// Example: the term `ab` in documents 3 and 7 with impacts 1 and 200 is the list `04 04 00 c7 01`.
///
/// Limits, checked: fewer than 2^32 - 1 documents; impacts are integers of 1...65535 or finite floats; a list has at
/// most 4 GiB. Memory: one block, the first term of every 16, and the files' buffers. One thread at a time.
/// Version history: 1.
final class BlockPostingsWriter: ShardPostingsWriter {
  static let kind = FileKind("postings")

  private let codec: any PostingCodec.Type
  private let terms: TermsWriter
  private let lists: EnvelopeWriter
  private let maxima: BlockMaximaWriter
  private var list: ListEncoder
  /// Blocks that are not in the file yet: most are too short to be worth a call.
  private var coded: [UInt8] = []
  private static let bufferBytes = 1 << 16
  private var totals: PostingTotals
  private var term: [UInt8] = []
  private var previousTerm: [UInt8]?

  /// Begins the three files in `directory`, which exists. Throws `FileError`.
  init(
    directory: String, documentCount: Int, impactKind: ImpactKind, codec: any PostingCodec.Type, attempt: Int
  ) throws {
    self.codec = codec
    totals = PostingTotals(documentCount: documentCount, impactKind: impactKind)
    list = ListEncoder(codec: codec, kind: impactKind, documentCount: documentCount)
    terms = try TermsWriter(
      path: "\(directory)/\(PostingsWriter.termsName)", attempt: attempt)
    lists = try EnvelopeWriter(path: "\(directory)/\(PostingsWriter.postingsName)", kind: Self.kind, attempt: attempt)
    maxima = try BlockMaximaWriter(path: "\(directory)/\(PostingsWriter.maximaName)", attempt: attempt)
    try lists.begin("lists")
  }

  func begin(term: [UInt8]) throws {
    if let previousTerm, !previousTerm.lexicographicallyPrecedes(term) {
      throw PostingsError.termOrder(term: term, previous: previousTerm)
    }
    self.term = term
    list.reset()
  }

  func append(documents: [UInt32], impacts: [Float], in range: Range<Int>) throws {
    var done = range.lowerBound
    while done < range.upperBound {
      done = try list.append(documents, impacts, from: done, to: range.upperBound, term: term)
      if list.isBlockFull { try flushBlock() }
    }
  }

  private func flushBlock() throws {
    let entry = try list.endBlock(term: term)
    if list.blockCount == 2, let first = list.firstEntry {
      list.entriesChecksum = try maxima.append(first, continuing: 0)
    }
    if list.blockCount > 1 {
      list.entriesChecksum = try maxima.append(entry, continuing: list.entriesChecksum)
    }
    coded += list.encoded
    if coded.count >= Self.bufferBytes { try flushLists() }
  }

  private func flushLists() throws {
    try lists.append(coded)
    coded.removeAll(keepingCapacity: true)
  }

  func endTerm() throws {
    if list.blockLength > 0 { try flushBlock() }
    guard let first = list.firstEntry else { return }
    let entry = TermEntry(
      ordinal: totals.termCount, documentFrequency: list.frequency, offset: totals.listBytes, length: list.length,
      firstBlock: totals.blockEntries, maxImpact: list.maxImpact,
      checksum: list.blockCount == 1 ? first.checksum : list.entriesChecksum)
    try terms.append(term, entry, kind: totals.impactKind)
    totals.minImpact = totals.termCount == 0 ? list.minImpact : min(totals.minImpact, list.minImpact)
    totals.termCount += 1
    totals.postingCount += list.frequency
    totals.listBytes += list.length
    totals.blockEntries = maxima.count
    previousTerm = term
  }

  /// Makes the three files appear, `terms` last.
  func commit() throws -> [PostingsWriter.WrittenFile] {
    try flushLists()
    var bytes = Array(codec.name.utf8)
    bytes += [UInt8](repeating: 0, count: 16 - bytes.count)
    bytes.appendLittleEndian(UInt32(totals.impactKind.rawValue))
    bytes.appendLittleEndian(UInt32(totals.documentCount))
    try lists.section("codec", bytes)
    return try PostingsWriter.commit([
      (PostingsWriter.postingsName, lists), (PostingsWriter.maximaName, try maxima.finish()),
      (PostingsWriter.termsName, try terms.finish(totals)),
    ])
  }
}
