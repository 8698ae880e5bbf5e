internal import Codecs
internal import Kernels

/// Streams the pieces of a run in the order of its terms, with about 256 KiB of memory (see `RunWriter` for the
/// format). Read by `pread`: pages of a mapping would count as the process's memory. Copies go on apart
/// from each other.
package struct RunCursor {
  package let path: String
  package let documentCount: Int
  package let impactKind: ImpactKind
  /// Postings of the whole run.
  package let postingCount: Int

  /// The term of the current piece.
  package private(set) var term: [UInt8] = []
  private(set) var key = TermKey([])
  /// The documents of the current piece (4096, the first `count` are valid), ascending within a term.
  package private(set) var documents = [UInt32](repeating: 0, count: RunWriter.piecePostings)
  /// As `documents`.
  package private(set) var impacts = [Float](repeating: 0, count: RunWriter.piecePostings)
  package private(set) var count = 0

  private static let headerBytes = 12
  private let envelope: Envelope
  private let section: Envelope.Section
  private var sectionPosition = 0
  private var block = ByteView([])
  private var position = 0
  private var piecesLeft: Int
  private var postingsLeft: Int
  private var hasTerm = false
  /// The last document of the piece, numbered as in the run.
  private var lastDocument = UInt32.max
  /// Bytes that a piece may share with the one before: none at the beginning of a block.
  private var sharable = 0

  /// Throws `FileError` and `FormatError`.
  package init(path: String) throws {
    self.path = path
    envelope = try Envelope(path: path, kind: RunWriter.kind, access: .positional)
    section = try envelope.location(of: "blocks")
    let totals = try envelope.verifiedSection("totals")
    let kind = try asCorruption(of: path) { try totals.uint32(at: 4) }
    guard let impactKind = UInt8(exactly: kind).flatMap(ImpactKind.init(rawValue:)) else {
      throw FormatError.corrupt(path: path, detail: "impacts have the unknown kind \(kind)")
    }
    self.impactKind = impactKind
    documentCount = try asCorruption(of: path) { Int(try totals.uint32(at: 0)) }
    piecesLeft = try asCorruption(of: path) { Int(truncatingIfNeeded: try totals.uint64(at: 8)) }
    postingCount = try asCorruption(of: path) { Int(truncatingIfNeeded: try totals.uint64(at: 16)) }
    postingsLeft = postingCount
  }

  /// Moves to the next piece; `false` at the end. Throws `FormatError` and `FileError`.
  package mutating func next() throws -> Bool {
    guard piecesLeft > 0 else {
      guard position == block.count, sectionPosition == section.length, postingsLeft == 0 else {
        throw corrupt("it has more than its totals say")
      }
      return false
    }
    piecesLeft -= 1
    try asCorruption(of: path) {
      if position == block.count { try readBlock() }
      try readPiece()
    }
    postingsLeft -= count
    return true
  }

  /// Gives the piece's documents their new numbers, in place, and drops postings; returns how many are kept.
  mutating func renumber(by mapping: DocumentMapping) throws -> Int {
    guard let kept = mapping.apply(&documents, &impacts, count: count) else {
      throw corrupt("a document is not in the run's mapping")
    }
    return kept
  }

  private mutating func readBlock() throws {
    let header = try envelope.bytes(in: section, at: sectionPosition, count: Self.headerBytes)
    let rawLength = Int(try header.uint32(at: 0))
    let length = Int(try header.uint32(at: 4))
    let bytes = try envelope.bytes(in: section, at: sectionPosition + Self.headerBytes, count: length)
    let checksum = CRC32C.checksum(bytes, continuing: CRC32C.checksum(try header.slice(0, 8)))
    guard checksum == (try header.uint32(at: 8)) else { throw corrupt("the checksum of a block is wrong") }
    block = ByteView(try LZ4Block.decompress(bytes, length: rawLength))
    sectionPosition += Self.headerBytes + length
    position = 0
    if block.count == 0 { throw corrupt("a block is empty") }
    sharable = 0
  }

  private mutating func readPiece() throws {
    let isContinued = try readTerm()
    let base = isContinued ? lastDocument : UInt32.max
    let pieceCount = Int(truncatingIfNeeded: try VarintList.read(block, at: &position))
    guard (1...RunWriter.piecePostings).contains(pieceCount) else {
      throw corrupt("a piece has \(pieceCount) postings")
    }
    position = try VarintList.read(block, at: position, count: pieceCount, into: &documents)
    PostingKernels.sumGaps(&documents, count: pieceCount, base: base)
    lastDocument = documents[pieceCount - 1]
    guard Int(lastDocument) < documentCount else { throw corrupt("a document is out of range") }
    switch impactKind {
    case .integers:
      position = try PostingKernels.readImpacts(block, at: position, count: pieceCount, into: &impacts)
    case .floats:
      try PostingKernels.copyFloats(block, at: position, count: pieceCount, into: &impacts)
      position += 4 * pieceCount
    }
    count = pieceCount
  }

  /// Reads the piece's term; `true` if it is the one before.
  private mutating func readTerm() throws -> Bool {
    let shared = Int(truncatingIfNeeded: try VarintList.read(block, at: &position))
    let suffix = Int(truncatingIfNeeded: try VarintList.read(block, at: &position))
    guard shared >= 0, shared <= sharable else { throw corrupt("a term shares more than there is") }
    if hasTerm && sharable > 0 && shared == term.count && suffix == 0 { return true }
    let isSame = try replaceTerm(shared: shared, suffix: suffix)
    hasTerm = true
    sharable = term.count
    return isSame
  }

  /// Reads the rest of the term; `true` if the term is the one before. Throws where terms do not ascend.
  private mutating func replaceTerm(shared: Int, suffix: Int) throws -> Bool {
    guard suffix >= 0, suffix <= block.count - position else { throw corrupt("a term ends behind its block") }
    if hasTerm {
      // Within a block the writer shares all that can be shared, so the next byte decides.
      let order =
        shared < term.count && suffix > 0 && sharable > 0
        ? Int(block[position]) - Int(term[shared]) : try block.compare(position, suffix, with: Array(term[shared...]))
      if order == 0 && sharable == 0 {
        position += suffix
        return true
      }
      guard order > 0 else { throw corrupt("terms do not ascend") }
    }
    term.removeLast(term.count - shared)
    for index in 0..<suffix { term.append(block[position + index]) }
    position += suffix
    key = TermKey(term)
    return false
  }

  private func corrupt(_ detail: String) -> FormatError { .corrupt(path: path, detail: detail) }
}
