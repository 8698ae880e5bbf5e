internal import Codecs
internal import Kernels

/// The dictionary of a shard (see `TermsWriter` for the format): exact look-up, and all terms in order.
///
/// What is read at opening was checked against its checksum, and so is a block at each look-up: a damaged dictionary is
/// an error, never a missing term. Immutable; safe from several threads.
final class TermsReader: Sendable {
  let path: String
  let totals: PostingTotals
  let format: TermsWriter.Format
  private let blocks: ByteView
  private let starts: ByteView
  private let checksums: ByteView
  private let firstEnds: ByteView
  private let firsts: ByteView
  private let blockCount: Int

  /// Throws `FileError` and `FormatError`.
  init(path: String) throws {
    let envelope = try Envelope(path: path, kind: TermsWriter.kind)
    self.path = path
    format = envelope.version == 1 ? .entries16 : .inlined64
    blocks = try envelope.section("blocks")
    starts = try envelope.verifiedSection("starts")
    checksums = try envelope.verifiedSection("checksums")
    firstEnds = try envelope.verifiedSection("firstEnds")
    firsts = try envelope.verifiedSection("firsts")
    let bytes = try envelope.verifiedSection("totals")
    totals = try asCorruption(of: path) { try Self.readTotals(bytes, path: path) }
    blockCount = (totals.termCount + format.blockTerms - 1) / format.blockTerms
    guard starts.count == 8 * (blockCount + 1), firstEnds.count == starts.count, checksums.count == 4 * blockCount
    else {
      throw FormatError.corrupt(path: path, detail: "its sections do not have \(totals.termCount) terms")
    }
  }

  private static func readTotals(_ bytes: ByteView, path: String) throws -> PostingTotals {
    func count(at offset: Int) throws -> Int {
      guard let value = Int(exactly: try bytes.uint64(at: offset)), value < 1 << 56 else {
        throw FormatError.corrupt(path: path, detail: "a number in its totals is too large")
      }
      return value
    }
    let kind = try bytes.uint32(at: 4)
    guard let impactKind = UInt8(exactly: kind).flatMap(ImpactKind.init(rawValue:)) else {
      throw FormatError.corrupt(path: path, detail: "impacts have the unknown kind \(kind)")
    }
    return PostingTotals(
      documentCount: Int(try bytes.uint32(at: 0)), impactKind: impactKind, termCount: try count(at: 8),
      postingCount: try count(at: 16), listBytes: try count(at: 24), blockEntries: try count(at: 32),
      minImpact: try bytes.loadFloat(at: 40))
  }

  /// The entry of exactly `term`, or `nil`. Throws `FormatError`.
  func lookup(_ term: [UInt8]) throws -> TermEntry? {
    try asCorruption(of: path) {
      // The last block whose first term is not above `term`.
      var low = 0
      var high = blockCount
      while low < high {
        let middle = (low + high) / 2
        if try compareFirst(of: middle, with: term) <= 0 { low = middle + 1 } else { high = middle }
      }
      guard low > 0 else { return nil }
      var block = try openBlock(low - 1)
      while let entry = try block.next() {
        if block.term == term { return entry }
        if !block.term.lexicographicallyPrecedes(term) { return nil }
      }
      return nil
    }
  }

  /// The bytes of a list that stands in the dictionary, whose block was checked when its entry was read.
  func inlineList(at offset: Int, length: Int) throws -> ByteView {
    try asCorruption(of: path) { try blocks.slice(offset, length) }
  }

  /// All terms in byte order.
  func terms() -> TermSequence { TermSequence(self) }

  private func compareFirst(of block: Int, with term: [UInt8]) throws -> Int {
    let range = try firstRange(of: block)
    return try firsts.compare(range.lowerBound, range.count, with: term)
  }

  private func firstRange(of block: Int) throws -> Range<Int> {
    try range(firstEnds, block)
  }

  private func range(_ ends: ByteView, _ block: Int) throws -> Range<Int> {
    let start = Int(truncatingIfNeeded: try ends.uint64(at: 8 * block))
    let end = Int(truncatingIfNeeded: try ends.uint64(at: 8 * block + 8))
    guard start >= 0, end >= start else {
      throw FormatError.corrupt(path: path, detail: "block \(block) ends before it begins")
    }
    return start..<end
  }

  /// Opens a block after comparing its checksum.
  fileprivate func openBlock(_ block: Int) throws -> TermBlock {
    let range = try range(starts, block)
    let bytes = try blocks.slice(range.lowerBound, range.count)
    guard CRC32C.checksum(bytes) == (try checksums.uint32(at: 4 * block)) else {
      throw FormatError.corrupt(path: path, detail: "the checksum of block \(block) of its terms is wrong")
    }
    let first = try firstRange(of: block)
    return try TermBlock(
      bytes, at: range.lowerBound, format: format, path: path, totals: totals,
      firstTerm: firsts.bytes(first.lowerBound, first.count),
      ordinals: (block * format.blockTerms)..<min(totals.termCount, (block + 1) * format.blockTerms))
  }

  /// Reads all terms; `next` throws `FormatError`.
  struct TermSequence {
    private let reader: TermsReader
    private var nextBlock = 0
    private var block: TermBlock?

    init(_ reader: TermsReader) { self.reader = reader }

    mutating func next() throws -> (term: [UInt8], entry: TermEntry)? {
      try asCorruption(of: reader.path) {
        while true {
          if let entry = try block?.next(), let term = block?.term { return (term, entry) }
          guard nextBlock < reader.blockCount else { return nil }
          block = try reader.openBlock(nextBlock)
          nextBlock += 1
        }
      }
    }
  }
}

/// The entries of one block, one after the other.
private struct TermBlock {
  private let bytes: ByteView
  /// Where the block begins in its section.
  private let start: Int
  private let format: TermsWriter.Format
  private let path: String
  private let totals: PostingTotals
  private let ordinals: Range<Int>
  private var ordinal: Int
  private var position = 0
  private var listOffset: Int
  private var firstBlock = 0
  /// The term of the entry that `next` gave.
  private(set) var term: [UInt8]

  init(
    _ bytes: ByteView, at start: Int, format: TermsWriter.Format, path: String, totals: PostingTotals,
    firstTerm: [UInt8], ordinals: Range<Int>
  ) throws {
    self.bytes = bytes
    self.start = start
    self.format = format
    self.path = path
    self.totals = totals
    self.ordinals = ordinals
    ordinal = ordinals.lowerBound
    term = firstTerm
    listOffset = Int(truncatingIfNeeded: try VarintList.read(bytes, at: &position))
    if format == .entries16 { firstBlock = Int(truncatingIfNeeded: try VarintList.read(bytes, at: &position)) }
  }

  mutating func next() throws -> TermEntry? {
    guard ordinal < ordinals.upperBound else { return nil }
    if ordinal > ordinals.lowerBound { try readTerm() }
    let entry = format == .entries16 ? try readEntry() : try readInlinedEntry()
    try check(entry)
    ordinal += 1
    if entry.inlineOffset == nil { listOffset += entry.length }
    firstBlock += entry.blockEntries
    return entry
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
    let length =
      TermsWriter.usualLength(frequency) + (surplus % 2 == 0 ? surplus / 2 : -(surplus / 2) - 1)
    let maxImpact = Float(try readCount())
    let impactClass = try bytes.uint8(at: position)
    position += 1
    guard length >= 0 else { throw corrupt("has a list of a negative length") }
    let isInline = frequency <= FittedModel.blockLength && length <= TermsWriter.inlineBytes
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
