internal import Kernels

/// What is known of a list's blocks without decoding them, read once for a cursor.
struct BlockDirectory: Sendable {
  /// (blocks): the last document of each, and its largest impact. Empty for a list of one block.
  private(set) var lasts: [UInt32] = []
  private(set) var maxima: [Float] = []
  /// (blocks + 1): where each begins in the list, and where the last ends.
  private(set) var starts: [Int] = []
  /// (blocks): CRC-32C (version 1).
  private(set) var checksums: [UInt32] = []

  /// Version 1: `maxima` are the list's entries in `blockmax`, none for a list of one block.
  init(maxima entries: ByteView, _ entry: TermEntry, _ list: ByteView) throws {
    guard entry.blockCount > 1 else {
      starts = [0, list.count]
      checksums = [entry.checksum]
      return
    }
    for block in 0..<entry.blockCount {
      let place = block * BlockEntry.bytes
      lasts.append(try entries.uint32(at: place))
      starts.append(Int(try entries.uint32(at: place + 4)))
      maxima.append(try entries.loadFloat(at: place + 8))
      checksums.append(try entries.uint32(at: place + 12))
    }
    starts.append(list.count)
  }

  /// Version 2: the list begins with `shortest:varint (last:varint length:varint maximum:varint)*`, an entry a block: the
  /// last document less that of the block before (less 2^32 - 1, modulo 2^32, for the first), the block's bytes less
  /// `shortest`, its largest impact less one.
  init(_ list: ByteView, _ entry: TermEntry) throws {
    let blocks = entry.blockCount
    guard blocks > 1 else {
      starts = [0, list.count]
      return
    }
    guard list.count >= 3 * blocks else { throw VarintList.Malformed(offset: list.count) }
    lasts.reserveCapacity(blocks)
    maxima.reserveCapacity(blocks)
    starts.reserveCapacity(blocks + 1)
    var position = 0
    let shortest = Int(UInt32(truncatingIfNeeded: try VarintList.read(list, at: &position)))
    var last = UInt32.max
    var lengths: [Int] = []
    lengths.reserveCapacity(blocks)
    for _ in 0..<blocks {
      last &+= UInt32(truncatingIfNeeded: try VarintList.read(list, at: &position))
      lasts.append(last)
      lengths.append(shortest + Int(UInt32(truncatingIfNeeded: try VarintList.read(list, at: &position))))
      maxima.append(Float(UInt32(truncatingIfNeeded: try VarintList.read(list, at: &position)) &+ 1))
    }
    for length in lengths {
      starts.append(position)
      position += length
    }
    starts.append(position)
    guard position == list.count else {
      throw VarintList.Malformed(offset: position)
    }
  }

  /// Version 3: the list begins with its directory in bits (see `FittedPostingsWriter`).
  init(packed list: ByteView, _ entry: TermEntry) throws {
    let blocks = entry.blockCount
    guard blocks > 1 else {
      starts = [0, list.count]
      return
    }
    // A posting has two bits or more, so that arrays are no larger than the list.
    guard list.count / (FittedModel.blockLength / 4) >= blocks - 1 else {
      throw VarintList.Malformed(offset: list.count)
    }
    lasts.reserveCapacity(blocks)
    maxima.reserveCapacity(blocks)
    starts.reserveCapacity(blocks + 1)
    var input = BitReader(list)
    let codes = try (0..<3).map { _ in RiceCode(width: Int(try input.read(5))) }
    let shortest = Int(try input.read(12))
    var last = UInt32.max
    var lengths: [Int] = []
    lengths.reserveCapacity(blocks)
    for block in 0..<blocks {
      let count = min(entry.blockCapacity, entry.documentFrequency - block * entry.blockCapacity)
      last &+= UInt32(count) &+ (try codes[0].read(&input))
      lasts.append(last)
      lengths.append(shortest + Int(try codes[1].read(&input)))
      maxima.append(entry.maxImpact - Float(try codes[2].read(&input)))
    }
    var position = (input.position + 7) / 8
    for length in lengths {
      starts.append(position)
      position += length
    }
    starts.append(position)
    guard position == list.count else { throw VarintList.Malformed(offset: position) }
  }

  /// Whether the blocks end one behind the other and in the shard, as what moves over blocks without decoding them expects.
  func ascends(below documentCount: Int) -> Bool {
    lasts.isEmpty || zip(lasts, lasts.dropFirst()).allSatisfy { $0 < $1 } && Int(lasts[lasts.count - 1]) < documentCount
  }

  /// Whether a decoded block may end with document `last`.
  func accepts(_ last: UInt32, of block: Int, after base: UInt32, _ documentCount: Int) -> Bool {
    Int(last) < documentCount && (lasts.isEmpty || last == lasts[block]) && (base == .max || last > base)
  }
}
