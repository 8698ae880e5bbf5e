internal import Kernels

/// A cursor that reads a file forward in blocks, from any place on. Its memory is one block.
struct ForwardBytes {
  /// Something that cannot be there: told with its place.
  struct Bad: Error {
    let offset: Int
    let detail: String
  }

  let file: PositionalFile
  /// The end of what may be read.
  var end: Int
  private(set) var offset: Int
  private var block: [UInt8] = []
  private var blockStart = 0
  private let blockBytes: Int

  init(_ file: PositionalFile, at offset: Int, end: Int, blockBytes: Int = 1 << 16) {
    self.file = file
    self.offset = offset
    self.end = end
    self.blockBytes = blockBytes
  }

  var isAtEnd: Bool { offset >= end }

  func bad(_ detail: String) -> Bad { Bad(offset: offset, detail: detail) }

  mutating func byte() throws -> UInt8 {
    let index = offset - blockStart
    if index >= 0, index < block.count, offset < end {
      offset += 1
      return block[index]
    }
    return try byteAfterRefill()
  }

  private mutating func byteAfterRefill() throws -> UInt8 {
    guard offset < end else { throw bad("it ends in the middle of a message") }
    block = try file.read(at: offset, count: blockBytes)
    guard !block.isEmpty else { throw bad("it is shorter than it was") }
    blockStart = offset
    offset += 1
    return block[0]
  }

  /// A varint of at most ten bytes.
  mutating func varint() throws -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try byte()
      guard shift < 63 || (shift == 63 && byte <= 1) else { throw bad("a number has more than 64 bits") }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
  }

  /// A length that must fit into what is left.
  mutating func length() throws -> Int {
    let value = try varint()
    guard value <= UInt64(end - offset) else { throw bad("a length of \(value) leads behind the end") }
    return Int(value)
  }

  /// The next `count` bytes, which fit, copied.
  mutating func bytes(_ count: Int) throws -> [UInt8] {
    guard count <= end - offset else { throw bad("it ends in the middle of a text") }
    let result = try file.readExactly(at: offset, count: count)
    offset += count
    return result
  }

  mutating func skip(_ count: Int) throws {
    guard count <= end - offset else { throw bad("a length of \(count) leads behind the end") }
    offset += count
  }

  /// Skips a protobuf field of a wire type that is not needed.
  mutating func skipField(_ wire: UInt64) throws {
    switch wire {
    case 0: _ = try varint()
    case 1: try skip(8)
    case 2: try skip(try length())
    case 5: try skip(4)
    default: throw bad("a field has the unknown wire type \(wire)")
    }
  }
}
