internal import Codecs
internal import Kernels

/// A place in the postings of one term that only moves forward. Blocks are decoded when their postings are asked for.
///
/// Two ways to move: `advance(to:)` reads block maxima only; `seek(to:)` decodes the block as well, and `documents`,
/// `impacts` and `position` are valid after it. All that reads throws `FormatError`. A structure, because a class would
/// check every access of every posting for exclusivity; a copy goes on apart and costs 2 KiB.
package struct PostingCursor {
  package let documentFrequency: Int
  /// The largest impact of the list.
  package let maxImpact: Float
  package let blockCount: Int

  /// The current block; `blockCount` behind the end.
  package private(set) var block = 0
  /// No postings are left. Stored, because a computed property of another module's structure is called with a copy.
  package private(set) var isExhausted = false
  /// The largest impact of the current block.
  package private(set) var blockMaximum: Float
  /// The decoded documents and their impacts: of the current block, or of the whole list. `position..<count` are what
  /// is left of the block.
  package private(set) var documents: [UInt32]
  package private(set) var impacts: [Float]
  /// Where the decoded block ends in `documents`.
  package private(set) var count = 0
  /// The current posting in the decoded block; `count` where the block has been consumed.
  package var position = 0

  private let reader: PostingsReader
  private let entry: TermEntry
  private let list: ByteView
  private let blocks: BlockDirectory
  /// `documents` and `impacts` are the whole list's.
  private let isWhole: Bool
  /// The last document of the current block, and of the one before (2^32 - 1 where there is none).
  package private(set) var lastDocument: UInt32 = 0
  private var base = UInt32.max
  private var decodedBlock = -1
  private var impactsOffset = 0
  private var hasImpacts = false

  init(
    reader: PostingsReader, entry: TermEntry, list: ByteView, maxima: ByteView?, keepsDecoded: Bool
  ) throws {
    self.reader = reader
    self.entry = entry
    self.list = list
    documentFrequency = entry.documentFrequency
    maxImpact = entry.maxImpact
    blockCount = entry.blockCount
    blockMaximum = entry.maxImpact
    do {
      if keepsDecoded, let whole = try reader.decoded.list(entry, { try Self.decodeAll(reader, entry, list) }) {
        (documents, impacts, blocks) = (whole.documents, whole.impacts, whole.blocks)
        isWhole = true
      } else {
        blocks = try reader.directory(list, entry, maxima: maxima)
        documents = [UInt32](repeating: 0, count: entry.blockCapacity)
        impacts = [Float](repeating: 0, count: entry.blockCapacity)
        isWhole = false
      }
    } catch { throw corruption(of: reader.postingsPath, error) }
    if blockCount == 1 {
      // There is no entry that says where the block ends, and decoding it is cheap.
      try decodeDocuments()
      lastDocument = documents[count - 1]
    } else {
      lastDocument = blocks.lasts[0]
      blockMaximum = blocks.maxima[0]
    }
  }

  /// A list in fitted codes, whole; `nil` of others.
  private static func decodeAll(_ reader: PostingsReader, _ entry: TermEntry, _ list: ByteView) throws -> DecodedList? {
    if case .blocks = reader.coding { return nil }
    let blocks = try reader.directory(list, entry)
    var documents = [UInt32](repeating: 0, count: entry.documentFrequency)
    var impacts = [Float](repeating: 0, count: entry.documentFrequency)
    var base = UInt32.max
    for block in 0..<entry.blockCount {
      let start = block * entry.blockCapacity
      let count = min(entry.blockCapacity, entry.documentFrequency - start)
      let bytes = try list.slice(blocks.starts[block], blocks.starts[block + 1] - blocks.starts[block])
      guard
        reader.decode(bytes, of: entry, count: count, after: base, into: &documents, &impacts, at: start),
        blocks.accepts(documents[start + count - 1], of: block, after: base, reader.documentCount)
      else { throw corrupt(reader, entry, block, "does not decode") }
      base = documents[start + count - 1]
    }
    return DecodedList(documents: documents, impacts: impacts, blocks: blocks)
  }

  /// A lower bound of the next document, exact where the block is decoded; 2^32 - 1 behind the end.
  package var nextDocument: UInt32 {
    if isExhausted { return UInt32.max }
    if decodedBlock == block { return position < count ? documents[position] : lastDocument &+ 1 }
    return base &+ 1
  }

  // MARK: block maxima

  /// What is known of the documents from the current place on: none in `...validThrough` has a larger impact than
  /// `impact`. `validThrough` is at least `end - 1`. Reads block maxima only. (Mutating, so that it is called in
  /// place.)
  package mutating func maximum(below end: UInt32) throws -> (impact: Float, validThrough: UInt32) {
    guard !isExhausted else { return (0, UInt32.max) }
    let next = nextDocument
    guard next < end else { return (0, next &- 1) }
    var impact = blockMaximum
    var last = lastDocument
    var following = block + 1
    while following < blockCount, last &+ 1 < end {
      impact = max(impact, blocks.maxima[following])
      last = blocks.lasts[following]
      following += 1
    }
    return (max(0, impact), following == blockCount ? UInt32.max : last)
  }

  /// Moves to the block that has the first document from `document` on, without decoding it; in a block that is
  /// decoded, to the posting. Returns `nextDocument`.
  @discardableResult
  package mutating func advance(to document: UInt32) throws -> UInt32 {
    if isExhausted { return UInt32.max }
    if lastDocument < document {
      try leap(to: document)
    } else if decodedBlock == block {
      movePosition(to: document)
    }
    return nextDocument
  }

  /// Gallops, then halves: the next block is the most likely, a far one takes a logarithm of the distance.
  private mutating func leap(to document: UInt32) throws {
    var low = block + 1
    var step = 1
    while low + step <= blockCount, blocks.lasts[low + step - 1] < document {
      low += step
      step *= 2
    }
    var high = min(low + step, blockCount)
    while low < high {
      let middle = (low + high) / 2
      if blocks.lasts[middle] < document { low = middle + 1 } else { high = middle }
    }
    try move(toBlock: low)
  }

  /// Gallops too: documents asked for are often neighbours.
  private mutating func movePosition(to document: UInt32) {
    var low = position
    var step = 1
    while low + step <= count, documents[low + step - 1] < document {
      low += step
      step *= 2
    }
    var high = min(low + step - 1, count)
    while low < high {
      let middle = (low + high) / 2
      if documents[middle] < document { low = middle + 1 } else { high = middle }
    }
    position = low
  }

  /// Moves to the next block, without decoding it.
  package mutating func advanceBlock() throws { if !isExhausted { try move(toBlock: block + 1) } }

  private mutating func move(toBlock target: Int) throws {
    guard target < blockCount else {
      block = blockCount
      isExhausted = true
      return
    }
    base = target == block + 1 ? lastDocument : blocks.lasts[target - 1]
    block = target
    lastDocument = blocks.lasts[target]
    blockMaximum = blocks.maxima[target]
    position = 0
  }

  // MARK: postings

  /// Moves to the first posting from `document` on, and decodes its block: `false` if there is none.
  package mutating func seek(to document: UInt32) throws -> Bool {
    try advance(to: document)
    guard !isExhausted else { return false }
    if decodedBlock != block {
      try decodeDocuments()
      movePosition(to: document)
    }
    // A block ends with the document that its entry promises, so there is one.
    return position < count
  }

  /// The impact in `document`, or `nil` if it does not have the term. Documents asked for must ascend.
  package mutating func impact(in document: UInt32) throws -> Float? {
    guard try seek(to: document), documents[position] == document else { return nil }
    if !hasImpacts { try decodeImpacts() }
    return impacts[position]
  }

  /// Decodes the current block if it may have documents below `end` that were not consumed; `false` if it has none.
  package mutating func decode(below end: UInt32) throws -> Bool {
    guard nextDocument < end else { return false }
    try decode()
    return true
  }

  /// Decodes the current block, if it is not.
  package mutating func decode() throws {
    if decodedBlock != block { try decodeDocuments() }
    if !hasImpacts { try decodeImpacts() }
  }

  private mutating func decodeDocuments() throws {
    let size = min(entry.blockCapacity, documentFrequency - block * entry.blockCapacity)
    decodedBlock = block
    if isWhole {
      position = block * entry.blockCapacity
      count = position + size
      hasImpacts = true
      return
    }
    do { try decodeBlock(size) } catch {
      decodedBlock = -1
      throw corruption(of: reader.postingsPath, error)
    }
    let last = documents[size - 1]
    guard blocks.accepts(last, of: block, after: base, reader.documentCount) else {
      throw corrupt("does not end with the document that it should")
    }
    count = size
    position = 0
  }

  /// Decodes the block's documents and, where they come with them, its impacts.
  private mutating func decodeBlock(_ size: Int) throws {
    let bytes = try list.slice(blocks.starts[block], blocks.starts[block + 1] - blocks.starts[block])
    switch reader.coding {
    case .blocks(let codec):
      guard CRC32C.checksum(bytes) == blocks.checksums[block] else { throw corrupt("has a wrong checksum") }
      impactsOffset = try codec.decodeDocuments(bytes, count: size, after: base, into: &documents)
      hasImpacts = false
    case .fitted, .packed:
      guard reader.decode(bytes, of: entry, count: size, after: base, into: &documents, &impacts, at: 0) else {
        throw corrupt("does not decode")
      }
      hasImpacts = true
    }
  }

  private mutating func decodeImpacts() throws {
    guard case .blocks(let codec) = reader.coding else { return }
    do {
      let bytes = try list.slice(blocks.starts[block], blocks.starts[block + 1] - blocks.starts[block])
      try codec.decodeImpacts(
        bytes, at: impactsOffset, count: count, kind: reader.impactKind, into: &impacts)
    } catch { throw corruption(of: reader.postingsPath, error) }
    hasImpacts = true
  }

  private func corrupt(_ what: String) -> FormatError { Self.corrupt(reader, entry, block, what) }

  private static func corrupt(_ reader: PostingsReader, _ entry: TermEntry, _ block: Int, _ what: String) -> FormatError
  {
    .corrupt(path: reader.postingsPath, detail: "block \(block) of term \(entry.ordinal) \(what)")
  }
}
