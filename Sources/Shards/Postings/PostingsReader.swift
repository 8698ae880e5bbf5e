internal import Codecs
internal import Kernels
internal import Synchronization

/// The inverted lists of a shard, mapped read-only. Immutable; safe from several threads.
///
/// Whatever is read is checked against a checksum first, so that damage is `FormatError.corrupt` and never a wrong hit:
/// the dictionary at opening and at look-up, a list's block maxima the first time they are used, each block when it is
/// decoded.
package final class PostingsReader: Sendable {
  /// Documents of the shard, with postings or without.
  package var documentCount: Int { terms.totals.documentCount }
  package var impactKind: ImpactKind { terms.totals.impactKind }
  /// Counts of terms, postings and bytes.
  package var totals: PostingTotals { terms.totals }
  /// The name of the blocks' codec.
  package var codecName: String { codec.name }

  let codec: any PostingCodec.Type
  let postingsPath: String
  let maximaPath: String
  private let terms: TermsReader
  private let lists: ByteView
  private let entries: ByteView
  /// One bit a term: its entries in `blockmax` agree with their checksum.
  private let verified: Mutex<[UInt64]>

  private init(terms: TermsReader, postings: Envelope, maxima: Envelope) throws {
    self.terms = terms
    postingsPath = postings.path
    maximaPath = maxima.path
    lists = try postings.section("lists")
    entries = try maxima.section("entries")
    let header = try postings.verifiedSection("codec")
    codec = try asCorruption(of: postings.path) { try Self.readCodec(header, terms.totals, path: postings.path) }
    verified = Mutex([UInt64](repeating: 0, count: (terms.totals.termCount + 63) / 64))
    guard lists.count == terms.totals.listBytes else {
      throw FormatError.corrupt(path: postings.path, detail: "its lists do not have the length that `terms` says")
    }
    guard entries.count == terms.totals.blockEntries * BlockEntry.bytes else {
      throw FormatError.corrupt(path: maxima.path, detail: "it does not have as many entries as `terms` says")
    }
  }

  /// Opens `terms`, `postings` and `blockmax` in `directory`. Throws `FileError` and `FormatError`.
  package static func open(_ directory: String) throws -> PostingsReader {
    try PostingsReader(
      terms: TermsReader(path: "\(directory)/\(PostingsWriter.termsName)"),
      postings: Envelope(path: "\(directory)/\(PostingsWriter.postingsName)", kind: PostingsWriter.kind),
      maxima: Envelope(path: "\(directory)/\(PostingsWriter.maximaName)", kind: BlockMaximaWriter.kind))
  }

  private static func readCodec(
    _ header: ByteView, _ totals: PostingTotals, path: String
  ) throws -> any PostingCodec.Type {
    let name = String(decoding: try header.bytes(0, 16).prefix { $0 != 0 }, as: UTF8.self)
    guard let codec = PostingCodecs.named(name) else {
      throw FormatError.corrupt(path: path, detail: "its blocks have the unknown codec `\(name)`")
    }
    guard try header.uint32(at: 16) == UInt32(totals.impactKind.rawValue),
      try Int(header.uint32(at: 20)) == totals.documentCount
    else { throw FormatError.corrupt(path: path, detail: "it belongs to another file `terms`") }
    return codec
  }

  /// The dictionary's entry of `term`, or `nil` if no document has it. Throws `FormatError`.
  package func entry(for term: [UInt8]) throws -> TermEntry? { try terms.lookup(term) }

  /// The postings of `term`, or `nil` if no document has it. Throws `FormatError`.
  package func cursor(for term: [UInt8]) throws -> PostingCursor? {
    guard let entry = try terms.lookup(term) else { return nil }
    return try cursor(at: entry)
  }

  /// The postings of an entry of this reader. Throws `FormatError`.
  package func cursor(at entry: TermEntry) throws -> PostingCursor {
    let bytes = try asCorruption(of: postingsPath) { try lists.slice(entry.offset, entry.length) }
    let maxima = try asCorruption(of: maximaPath) {
      try entries.slice(entry.firstBlock * BlockEntry.bytes, entry.blockEntries * BlockEntry.bytes)
    }
    if entry.blockEntries > 0 { try verify(maxima, of: entry) }
    return try PostingCursor(reader: self, entry: entry, list: bytes, maxima: maxima)
  }

  private func verify(_ maxima: ByteView, of entry: TermEntry) throws {
    let word = entry.ordinal / 64
    let bit: UInt64 = 1 << UInt64(entry.ordinal % 64)
    if verified.withLock({ $0[word] & bit != 0 }) { return }
    guard CRC32C.checksum(maxima) == entry.checksum else {
      throw FormatError.corrupt(
        path: maximaPath, detail: "the checksum of the blocks of term \(entry.ordinal) is wrong")
    }
    verified.withLock { $0[word] |= bit }
  }

  /// Walks over the terms in byte order.
  package func walkTerms() -> TermWalk { TermWalk(terms) }

  /// Calls `body` with each term in byte order. Throws `FormatError` and what `body` throws.
  package func forEachTerm(_ body: (_ term: [UInt8], _ entry: TermEntry) throws -> Void) throws {
    var sequence = terms.terms()
    while let (term, entry) = try sequence.next() { try body(term, entry) }
  }
}
