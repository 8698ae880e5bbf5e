internal import Codecs
internal import Kernels
internal import Synchronization

/// The inverted lists of a shard, mapped read-only. Immutable; safe from several threads.
///
/// Whatever is read is checked against a checksum first, so that damage is `FormatError.corrupt` and never a wrong hit:
/// the dictionary at opening and where a term is looked up (see `KnownTerms`), a list's block maxima the first time they
/// are used, each block when it is decoded.
package final class PostingsReader: Sendable {
  /// Documents of the shard, with postings or without.
  package var documentCount: Int { terms.totals.documentCount }
  package var impactKind: ImpactKind { terms.totals.impactKind }
  /// Counts of terms, postings and bytes.
  package var totals: PostingTotals { terms.totals }
  /// The name of the blocks' codec.
  package var codecName: String {
    switch coding {
    case .blocks(let codec): codec.name
    case .fitted, .packed: FittedPostingsWriter.codecName
    }
  }

  /// How lists are decoded: version 1; version 2, directories and the dictionary in bytes; version 3, in bits.
  enum Coding: Sendable {
    case blocks(any PostingCodec.Type)
    case fitted(FittedModel)
    case packed(FittedModel)
  }

  let coding: Coding
  let postingsPath: String
  let maximaPath: String
  private let terms: any TermDictionary
  private let lists: ByteView
  private let entries: ByteView
  /// One bit a term: its entries in `blockmax` (from version 2 on: its list) agree with their checksum.
  private let verified: Mutex<[UInt64]>
  private let known: KnownTerms
  /// Lists that were decoded whole.
  let decoded: DecodedLists

  private init(
    terms: any TermDictionary, coding: Coding, postings: Envelope, maxima: Envelope?, cacheBytes: Int
  ) throws {
    self.terms = terms
    self.coding = coding
    postingsPath = postings.path
    maximaPath = maxima?.path ?? postings.path
    lists = try postings.section("lists")
    entries = try maxima?.section("entries") ?? ByteView([])
    verified = Mutex([UInt64](repeating: 0, count: (terms.totals.termCount + 63) / 64))
    known = KnownTerms(terms: terms.totals.termCount)
    decoded = DecodedLists(terms: terms.totals.termCount, bytes: cacheBytes)
    guard lists.count == terms.totals.listBytes else {
      throw FormatError.corrupt(path: postings.path, detail: "its lists do not have the length that `terms` says")
    }
    guard entries.count == terms.totals.blockEntries * BlockEntry.bytes else {
      throw FormatError.corrupt(path: maximaPath, detail: "it does not have as many entries as `terms` says")
    }
  }

  /// Opens `terms`, `postings` and, of version 1, `blockmax` in `directory`. `cacheBytes`: how much memory decoded lists
  /// may take. Throws `FileError` and `FormatError`.
  package static func open(_ directory: String, cacheBytes: Int = DecodedLists.usualBytes) throws -> PostingsReader {
    let postings = try Envelope(
      path: "\(directory)/\(PostingsWriter.postingsName)", kind: FittedPostingsWriter.kind)
    let codec = try CodecHeader(postings)
    let coding = try codec.coding(postings)
    let path = "\(directory)/\(PostingsWriter.termsName)"
    let terms: any TermDictionary =
      switch coding {
      case .blocks: try TermsReader(path: path, format: .entries16)
      case .fitted: try TermsReader(path: path, format: .inlined64)
      case .packed(let model): try FittedTermsReader(path: path, model: model)
      }
    guard codec.impactKind == UInt32(terms.totals.impactKind.rawValue), codec.documents == terms.totals.documentCount
    else { throw FormatError.corrupt(path: postings.path, detail: "it belongs to another file `terms`") }
    let maxima =
      postings.version == 1
      ? try Envelope(path: "\(directory)/\(PostingsWriter.maximaName)", kind: BlockMaximaWriter.kind) : nil
    return try PostingsReader(
      terms: terms, coding: coding, postings: postings, maxima: maxima, cacheBytes: cacheBytes)
  }

  /// What `postings` says of its lists.
  private struct CodecHeader {
    let name: String
    let impactKind: UInt32
    let documents: Int

    init(_ postings: Envelope) throws {
      let header = try postings.verifiedSection("codec")
      (name, impactKind, documents) = try asCorruption(of: postings.path) {
        (
          String(decoding: try header.bytes(0, 16).prefix { $0 != 0 }, as: UTF8.self), try header.uint32(at: 16),
          Int(try header.uint32(at: 20))
        )
      }
    }

    func coding(_ postings: Envelope) throws -> Coding {
      switch (postings.version, name) {
      case (1, _):
        if let codec = PostingCodecs.named(name) { return .blocks(codec) }
      case (2, FittedPostingsWriter.codecName): return .fitted(try model(postings))
      case (3, FittedPostingsWriter.codecName): return .packed(try model(postings))
      default: break
      }
      throw FormatError.corrupt(path: postings.path, detail: "its blocks have the unknown codec `\(name)`")
    }

    private func model(_ postings: Envelope) throws -> FittedModel {
      let frame = try postings.verifiedSection("model")
      guard let bytes = try? ZstdDecompressor().decompress(frame, limit: 1 << 20),
        let model = FittedModel(bytes, documentCount: documents)
      else { throw FormatError.corrupt(path: postings.path, detail: "its codes are of no model") }
      return model
    }
  }

  /// The dictionary's entry of `term`, or `nil` if no document has it. Throws `FormatError`.
  package func entry(for term: [UInt8]) throws -> TermEntry? { try known.entry(term) { try terms.lookup(term) } }

  /// The postings of `term`, or `nil` if no document has it. Throws `FormatError`.
  package func cursor(for term: [UInt8]) throws -> PostingCursor? {
    guard let entry = try entry(for: term) else { return nil }
    return try cursor(at: entry)
  }

  /// The postings of an entry of this reader. `keepsDecoded`: a list that is asked for again is decoded whole and kept
  /// (see `DecodedLists`), so that a decoded block need not begin at the arrays' first elements. Throws `FormatError`.
  package func cursor(at entry: TermEntry, keepsDecoded: Bool = false) throws -> PostingCursor {
    let list: ByteView
    if let offset = entry.inlineOffset {
      list = try terms.inlineList(of: entry, at: offset)
    } else {
      list = try asCorruption(of: postingsPath) { try lists.slice(entry.offset, entry.length) }
    }
    guard case .blocks = coding else {
      if entry.inlineOffset == nil { try verify(list, of: entry) }
      return try PostingCursor(reader: self, entry: entry, list: list, maxima: nil, keepsDecoded: keepsDecoded)
    }
    let maxima = try asCorruption(of: maximaPath) {
      try entries.slice(entry.firstBlock * BlockEntry.bytes, entry.blockEntries * BlockEntry.bytes)
    }
    if entry.blockEntries > 0 { try verify(maxima, of: entry) }
    return try PostingCursor(reader: self, entry: entry, list: list, maxima: maxima, keepsDecoded: false)
  }

  private func verify(_ bytes: ByteView, of entry: TermEntry) throws {
    let word = entry.ordinal / 64
    let bit: UInt64 = 1 << UInt64(entry.ordinal % 64)
    if verified.withLock({ $0[word] & bit != 0 }) { return }
    guard CRC32C.checksum(bytes) == entry.checksum else {
      throw FormatError.corrupt(
        path: maximaPath, detail: "the checksum of term \(entry.ordinal)'s blocks is wrong")
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
