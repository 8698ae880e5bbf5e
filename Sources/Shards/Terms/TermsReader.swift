internal import Codecs
internal import Kernels

/// The dictionary of versions 1 and 2 (see `TermsWriter` for the formats).
struct TermsReader: TermDictionary {
  private let format: Format
  let blocks: TermBlocks

  enum Format: Int {
    case entries16 = 1
    case inlined64 = 2

    var blockTerms: Int { self == .entries16 ? 16 : 64 }
  }

  /// Throws `FileError` and `FormatError`.
  init(path: String, format: Format) throws {
    let envelope = try Envelope(path: path, kind: FileKind("terms", versions: format.rawValue...format.rawValue))
    self.format = format
    blocks = try TermBlocks(envelope, blockTerms: format.blockTerms)
  }

  func inlineList(of entry: TermEntry, at offset: Int) throws -> ByteView {
    try asCorruption(of: blocks.path) { try blocks.blocks.slice(offset, entry.length) }
  }

  func open(_ block: Int) throws -> PlainTermBlock {
    try PlainTermBlock(try blocks.open(block), format: format, path: blocks.path, totals: totals)
  }
}

/// The terms of one block of versions 1 and 2.
struct PlainTermBlock: TermBlock {
  /// Lists of one block up to this size stand in the dictionary of version 2.
  private static let inlineBytes = 48

  private let bytes: ByteView
  /// Where the block begins in its section.
  private let start: Int
  private let format: TermsReader.Format
  private let path: String
  private let totals: PostingTotals
  private let ordinals: Range<Int>
  private var ordinal: Int
  private var position = 0
  private var listOffset: Int
  private var firstBlock = 0
  private(set) var term: [UInt8]
  /// Of the term that `next` went to.
  private var current: TermEntry?

  init(_ block: TermBlocks.Opened, format: TermsReader.Format, path: String, totals: PostingTotals) throws {
    bytes = block.bytes
    start = block.start
    self.format = format
    self.path = path
    self.totals = totals
    ordinals = block.ordinals
    ordinal = ordinals.lowerBound
    term = block.firstTerm
    listOffset = Int(truncatingIfNeeded: try VarintList.read(bytes, at: &position))
    if format == .entries16 { firstBlock = Int(truncatingIfNeeded: try VarintList.read(bytes, at: &position)) }
  }

  mutating func next() throws -> Bool {
    guard ordinal < ordinals.upperBound else { return false }
    if ordinal > ordinals.lowerBound { try readTerm() }
    let entry = format == .entries16 ? try readEntry() : try readInlinedEntry()
    try check(entry)
    ordinal += 1
    if entry.inlineOffset == nil { listOffset += entry.length }
    firstBlock += entry.blockEntries
    current = entry
    return true
  }

  func entry() throws -> TermEntry {
    guard let current else { preconditionFailure("there was no next term") }
    return current
  }

  private mutating func readEntry() throws -> TermEntry {
    let frequency = try readCount()
    let length = try readCount()
    let maxImpact: Float
    switch totals.impactKind {
    case .integers: maxImpact = Float(try readCount())
    case .floats:
      maxImpact = try bytes.loadFloat(at: position)
      position += 4
    }
    let entry = TermEntry(
      ordinal: ordinal, documentFrequency: frequency, offset: listOffset, length: length, firstBlock: firstBlock,
      maxImpact: maxImpact, checksum: try bytes.uint32(at: position))
    position += 4
    return entry
  }

  private mutating func readInlinedEntry() throws -> TermEntry {
    let frequency = try readCount()
    let surplus = try readCount()
    let length = ListSurplus.length(surplus, frequency: frequency)
    let maxImpact = Float(try readCount())
    let impactClass = try bytes.uint8(at: position)
    position += 1
    guard length >= 0 else { throw corrupt("has a list of a negative length") }
    let isInline = frequency <= FittedModel.blockLength && length <= Self.inlineBytes
    var checksum: UInt32 = 0
    if !isInline { checksum = try bytes.uint32(at: position) }
    let entry = TermEntry(
      ordinal: ordinal, documentFrequency: frequency, offset: listOffset, length: length, firstBlock: 0,
      maxImpact: maxImpact, checksum: checksum, blockCapacity: FittedModel.blockLength, impactClass: impactClass,
      inlineOffset: isInline ? start + position : nil)
    position += isInline ? length : 4
    return entry
  }

  private mutating func readTerm() throws {
    var shared: Int
    var suffix: Int
    if format == .entries16 {
      shared = try readCount()
      suffix = try readCount()
    } else {
      let lengths = Int(try bytes.uint8(at: position))
      position += 1
      shared = lengths % 16
      if shared == 15 { shared += try readCount() }
      suffix = lengths / 16
      if suffix == 15 { suffix += try readCount() }
    }
    guard shared <= term.count else { throw corrupt("shares more than the term before it has") }
    let rest = try bytes.bytes(position, suffix)
    term.removeSubrange(shared...)
    term.append(contentsOf: rest)
    position += suffix
  }

  /// A length or a count: far below what could overflow.
  private mutating func readCount() throws -> Int {
    let value = try VarintList.read(bytes, at: &position)
    guard value < 1 << 48 else { throw corrupt("has an impossible number") }
    return Int(value)
  }

  private func check(_ entry: TermEntry) throws {
    guard (1...max(1, totals.documentCount)).contains(entry.documentFrequency) else {
      throw corrupt("is in \(entry.documentFrequency) of \(totals.documentCount) documents")
    }
    guard
      entry.inlineOffset != nil
        || entry.offset >= 0 && entry.offset <= totals.listBytes && entry.length <= totals.listBytes - entry.offset
    else { throw corrupt("has its list outside of the postings") }
    guard entry.firstBlock >= 0, entry.firstBlock <= totals.blockEntries,
      entry.blockEntries <= totals.blockEntries - entry.firstBlock
    else { throw corrupt("has its blocks outside of `blockmax`") }
    guard entry.maxImpact.isFinite else { throw corrupt("has an infinite impact") }
  }

  private func corrupt(_ what: String) -> FormatError { .corrupt(path: path, detail: "term \(ordinal) \(what)") }
}
