internal import Kernels

/// The list that is being written: checks its postings and fills one block at a time.
struct ListEncoder {
  private let codec: any PostingCodec.Type
  private let kind: ImpactKind
  private let documentCount: Int
  private var block = PostingBlock()
  /// The last document of the block before; 2^32 - 1 before the first.
  private var base = UInt32.max
  /// Postings in blocks that have ended.
  private(set) var frequency = 0
  /// Bytes of blocks that have ended.
  private(set) var length = 0
  private(set) var blockCount = 0
  private(set) var maxImpact: Float = 0
  private(set) var minImpact: Float = 0
  private(set) var firstEntry: BlockEntry?
  /// The bytes of the block that ended last.
  private(set) var encoded: [UInt8] = []
  /// CRC-32C of the list's entries in `blockmax`, which the owner writes.
  var entriesChecksum: UInt32 = 0

  init(codec: any PostingCodec.Type, kind: ImpactKind, documentCount: Int) {
    self.codec = codec
    self.kind = kind
    self.documentCount = documentCount
  }

  mutating func reset() {
    block.count = 0
    base = UInt32.max
    frequency = 0
    length = 0
    blockCount = 0
    firstEntry = nil
  }

  var blockLength: Int { block.count }
  var isBlockFull: Bool { block.count == PostingBlock.capacity }

  /// Appends elements from `start` until the block is full; returns where it stopped.
  mutating func append(
    _ documents: [UInt32], _ impacts: [Float], from start: Int, to end: Int, term: [UInt8]
  ) throws -> Int {
    let range = start..<min(end, start + PostingBlock.capacity - block.count)
    let last = block.count > 0 ? block.documents[block.count - 1] : base
    if let unfit = PostingCoding.firstUnfit(
      documents, impacts, in: range, after: last, total: documentCount, isWhole: kind == .integers)
    {
      throw PostingsError.unfit(
        term: term, document: documents[unfit], impact: impacts[unfit],
        previous: unfit == start ? last : documents[unfit - 1], documentCount: documentCount)
    }
    PostingCoding.copy(documents, impacts, in: range, to: block.count, of: &block.documents, &block.impacts)
    block.count += range.count
    return range.upperBound
  }

  /// Encodes the block into `encoded`, counts it and empties it. Throws `PostingsError.limit` where the list becomes
  /// too long.
  mutating func endBlock(term: [UInt8]) throws -> BlockEntry {
    encoded.removeAll(keepingCapacity: true)
    codec.encode(block, after: base, kind: kind, into: &encoded)
    guard let offset = UInt32(exactly: length) else {
      throw PostingsError.limit("a list of postings has at most 4 GiB; use more shards")
    }
    let (lowest, highest) = PostingCoding.range(block.impacts, count: block.count)
    let last = block.documents[block.count - 1]
    let entry = BlockEntry(
      lastDocument: last, offset: offset, maxImpact: highest, checksum: CRC32C.checksum(encoded))
    if blockCount == 0 { firstEntry = entry }
    maxImpact = blockCount == 0 ? highest : max(maxImpact, highest)
    minImpact = blockCount == 0 ? lowest : min(minImpact, lowest)
    blockCount += 1
    frequency += block.count
    length += encoded.count
    base = last
    block.count = 0
    return entry
  }
}
