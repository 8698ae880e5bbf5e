internal import Kernels

/// Up to 16 ids that follow each other in byte order, front-coded.
///
/// ```
/// block = crc:u32 head entry*          crc: CRC-32C of what follows it, continuing from the block's number
/// head  = length bytes[length]         LEB128 numbers
/// entry = shared rest bytes[rest]      the id is `shared` bytes of the id before, then `rest` new ones
/// ```
/// The block's number in the checksum tells a block from its neighbours, so that a damaged table of offsets is found
/// too. Front coding: Witten, Moffat, Bell, Managing Gigabytes, 4.1.
enum IDBlock {
  static let capacity = 16

  /// The number of first bytes that both have.
  static func sharedPrefix(_ left: [UInt8], _ right: [UInt8]) -> Int {
    let limit = min(left.count, right.count)
    var index = 0
    while index < limit, left[index] == right[index] { index += 1 }
    return index
  }

  /// Collects ids into blocks.
  struct Encoder {
    private var entries: [UInt8] = []
    private var last: [UInt8] = []
    private(set) var count = 0
    private(set) var number = 0

    mutating func append(_ id: [UInt8]) {
      let shared = count == 0 ? 0 : IDBlock.sharedPrefix(last, id)
      if count > 0 { Leb128.append(UInt64(shared), to: &entries) }
      Leb128.append(UInt64(id.count - shared), to: &entries)
      entries.append(contentsOf: id[shared...])
      last.removeAll(keepingCapacity: true)
      last.append(contentsOf: id)
      count += 1
    }

    /// The block's bytes; the next id begins a new one.
    mutating func finish() -> [UInt8] {
      var block: [UInt8] = []
      block.appendLittleEndian(CRC32C.checksum(entries, continuing: UInt32(number)))
      block.append(contentsOf: entries)
      entries.removeAll(keepingCapacity: true)
      count = 0
      number += 1
      return block
    }
  }

  /// Walks over a block whose checksum is right.
  struct Decoder {
    private let bytes: [UInt8]
    private var position = 4
    private(set) var id: [UInt8] = []

    /// `nil` if the checksum is wrong.
    init?(_ block: ByteView, number: Int) {
      guard let stored = try? block.load(UInt32.self, at: 0), let entries = try? block.slice(4, block.count - 4),
        CRC32C.checksum(entries, continuing: UInt32(truncatingIfNeeded: number)) == stored
      else { return nil }
      bytes = block.bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    /// Moves to the next id; `false` if there is none or if the block does not follow the grammar.
    mutating func advance() -> Bool {
      var shared = 0
      if position > 4 {
        guard let count = Leb128.readCount(bytes, at: &position, limit: id.count) else { return false }
        shared = count
      }
      guard let rest = Leb128.readCount(bytes, at: &position, limit: bytes.count), rest <= bytes.count - position
      else { return false }
      id.removeLast(id.count - shared)
      id.append(contentsOf: bytes[position..<position + rest])
      position += rest
      return true
    }
  }
}
