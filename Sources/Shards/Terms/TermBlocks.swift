internal import Codecs
internal import Kernels

/// The blocks of a dictionary, of 64 terms or 16, and what finds a term's: sections of `terms` in all versions.
///
/// ```
/// section blocks     block*               see `TermsWriter` and `FittedTermsWriter`
/// section starts     ends                 where each block begins in `blocks`, and where the last ends
/// section checksums  u32[blocks]          CRC-32C of each block
/// section firstEnds  ends                 0, then where each block's first term ends in `firsts`
/// section firsts     the first terms, one after the other
/// section totals     documents:u32 kind:u32 terms:u64 postings:u64 listBytes:u64 blockEntries:u64 minImpact:f32
/// ```
/// The first terms of the blocks are apart, whole, so that a search touches one block. Integers are little-endian; kind is
/// 1 for integers, 2 for floats. `ends` is u64[blocks + 1], from version 3 on the differences as varint[blocks], which are
/// summed when the file is opened.
struct TermBlocks: Sendable {
  let path: String
  let totals: PostingTotals
  let blocks: ByteView
  private let blockTerms: Int
  private let starts: Ends
  private let checksums: ByteView
  private let firstEnds: Ends
  private let firsts: ByteView
  let count: Int

  /// Throws `FormatError`.
  init(_ envelope: Envelope, blockTerms: Int) throws {
    let path = envelope.path
    self.path = path
    self.blockTerms = blockTerms
    blocks = try envelope.section("blocks")
    checksums = try envelope.verifiedSection("checksums")
    firsts = try envelope.verifiedSection("firsts")
    let bytes = try envelope.verifiedSection("totals")
    totals = try asCorruption(of: path) { try Self.readTotals(bytes, path: path) }
    count = (totals.termCount + blockTerms - 1) / blockTerms
    let sections = (try envelope.verifiedSection("starts"), try envelope.verifiedSection("firstEnds"))
    guard checksums.count == 4 * count,
      let starts = Ends(sections.0, count: count, of: blocks.count, version: envelope.version),
      let firstEnds = Ends(sections.1, count: count, of: firsts.count, version: envelope.version)
    else { throw FormatError.corrupt(path: path, detail: "its sections do not have \(totals.termCount) terms") }
    (self.starts, self.firstEnds) = (starts, firstEnds)
  }

  /// Where what lies one behind the other begins and ends.
  private enum Ends: Sendable {
    case mapped(ByteView)
    /// (count + 1).
    case sums([Int])

    /// `bytes`: of all of it together.
    init?(_ section: ByteView, count: Int, of bytes: Int, version: Int) {
      if version < 3 {
        guard section.count == 8 * (count + 1) else { return nil }
        self = .mapped(section)
        return
      }
      guard section.count >= count else { return nil }
      var sums = [0]
      var (sum, position) = (0, 0)
      sums.reserveCapacity(count + 1)
      for _ in 0..<count {
        guard let length = try? VarintList.read(section, at: &position), length <= bytes - sum else { return nil }
        sum += Int(length)
        sums.append(sum)
      }
      guard position == section.count, sum == bytes else { return nil }
      self = .sums(sums)
    }

    func range(_ index: Int) throws -> (start: Int, end: Int) {
      switch self {
      case .mapped(let ends):
        (
          Int(truncatingIfNeeded: try ends.uint64(at: 8 * index)),
          Int(truncatingIfNeeded: try ends.uint64(at: 8 * index + 8))
        )
      case .sums(let sums): (sums[index], sums[index + 1])
      }
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

  /// The block that has `term`, if any has.
  func find(_ term: [UInt8]) throws -> Int? {
    // The last block whose first term is not above `term`.
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      let range = try range(firstEnds, middle)
      if try firsts.compare(range.lowerBound, range.count, with: term) <= 0 { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? low - 1 : nil
  }

  /// A block, its checksum compared.
  struct Opened {
    let bytes: ByteView
    /// Where it begins in the section.
    let start: Int
    let firstTerm: [UInt8]
    let ordinals: Range<Int>
  }

  func open(_ block: Int) throws -> Opened {
    let range = try range(starts, block)
    let bytes = try blocks.slice(range.lowerBound, range.count)
    guard CRC32C.checksum(bytes) == (try checksums.uint32(at: 4 * block)) else {
      throw FormatError.corrupt(path: path, detail: "the checksum of block \(block) of its terms is wrong")
    }
    let first = try self.range(firstEnds, block)
    return Opened(
      bytes: bytes, start: range.lowerBound, firstTerm: try firsts.bytes(first.lowerBound, first.count),
      ordinals: (block * blockTerms)..<min(totals.termCount, (block + 1) * blockTerms))
  }

  private func range(_ ends: Ends, _ block: Int) throws -> Range<Int> {
    let (start, end) = try ends.range(block)
    guard start >= 0, end >= start else {
      throw FormatError.corrupt(path: path, detail: "block \(block) ends before it begins")
    }
    return start..<end
  }
}

/// Writes the sections of `TermBlocks`.
struct TermBlocksWriter {
  private let file: EnvelopeWriter
  private let version: Int
  private var starts: [UInt64] = [0]
  private var checksums: [UInt32] = []
  private var firstEnds: [UInt64] = [0]
  private var firsts: [UInt8] = []

  /// Begins with the blocks.
  init(_ file: EnvelopeWriter, version: Int) throws {
    self.file = file
    self.version = version
    try file.begin("blocks")
  }

  mutating func append(_ block: [UInt8], firstTerm: some Collection<UInt8>) throws {
    try file.append(block)
    checksums.append(CRC32C.checksum(block))
    starts.append(UInt64(file.sectionLength))
    firsts.append(contentsOf: firstTerm)
    firstEnds.append(UInt64(firsts.count))
  }

  /// Writes what finds the blocks.
  func finish(_ totals: PostingTotals) throws {
    try file.section("starts", bytes(ofEnds: starts))
    var checksumBytes: [UInt8] = []
    checksumBytes.appendLittleEndian(contentsOf: checksums)
    try file.section("checksums", checksumBytes)
    try file.section("firstEnds", bytes(ofEnds: firstEnds))
    try file.section("firsts", firsts)
    var bytes: [UInt8] = []
    bytes.appendLittleEndian(UInt32(totals.documentCount))
    bytes.appendLittleEndian(UInt32(totals.impactKind.rawValue))
    for count in [totals.termCount, totals.postingCount, totals.listBytes, totals.blockEntries] {
      bytes.appendLittleEndian(UInt64(count))
    }
    bytes.appendLittleEndian(totals.minImpact)
    try file.section("totals", bytes)
  }

  private func bytes(ofEnds ends: [UInt64]) -> [UInt8] {
    var bytes: [UInt8] = []
    if version < 3 {
      bytes.appendLittleEndian(contentsOf: ends)
    } else {
      for (start, end) in zip(ends, ends.dropFirst()) { VarintList.append(end - start, to: &bytes) }
    }
    return bytes
  }
}
