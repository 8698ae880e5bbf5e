/// Bits one after the other in bytes, the lowest first.
package struct BitWriter: Sendable {
  private var bytes: [UInt8] = []
  private var pending: UInt64 = 0
  private var filled: UInt64 = 0

  package init() {}

  /// Bits so far.
  package var count: Int { 8 * bytes.count + Int(filled) }

  /// Appends the lowest `bits` of `value`, which has no others.
  /// - Precondition: `bits <= 56`.
  package mutating func append(_ value: UInt64, bits: Int) {
    precondition(bits >= 0 && bits <= 56 && value >> UInt64(bits) == 0, "a value has more bits than it is given")
    pending |= value << filled
    filled += UInt64(bits)
    while filled >= 8 {
      bytes.append(UInt8(truncatingIfNeeded: pending))
      pending >>= 8
      filled -= 8
    }
  }

  /// Appends the first `bits` of `other`; those behind them in its last byte are 0.
  /// - Precondition: `other` has as many.
  package mutating func append(_ other: [UInt8], bits: Int) {
    for byte in other[..<(bits / 8)] { append(UInt64(byte), bits: 8) }
    if bits % 8 > 0 { append(UInt64(other[bits / 8]), bits: bits % 8) }
  }

  package mutating func append(_ other: BitWriter) {
    for byte in other.bytes { append(UInt64(byte), bits: 8) }
    append(other.pending, bits: Int(other.filled))
  }

  /// All bits, and zeros up to a whole byte.
  package var padded: [UInt8] { filled > 0 ? bytes + [UInt8(truncatingIfNeeded: pending)] : bytes }
}

/// Reads what a `BitWriter` wrote. `read` and `skip` throw `ByteView.OutOfBounds` behind the end.
package struct BitReader {
  private let bytes: ByteView
  /// The next bit.
  package private(set) var position: Int

  package init(_ bytes: ByteView, at position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  /// The next 57 bits or more, zeros behind the end.
  package var next: UInt64 {
    let place = position >> 3
    if let word = try? bytes.load(UInt64.self, at: place) { return word >> UInt64(position & 7) }
    var word: UInt64 = 0
    for index in max(place, 0)..<max(place, 0, bytes.count) {
      word |= UInt64(bytes[index]) << UInt64(8 * (index - place))
    }
    return word >> UInt64(position & 7)
  }

  package mutating func skip(_ bits: Int) throws(ByteView.OutOfBounds) {
    guard bits >= 0, position >= 0, bits <= 8 * bytes.count - position else {
      throw ByteView.OutOfBounds(offset: position / 8, length: (bits + 7) / 8, count: bytes.count)
    }
    position += bits
  }

  /// - Precondition: `bits <= 56`.
  package mutating func read(_ bits: Int) throws(ByteView.OutOfBounds) -> UInt64 {
    precondition(bits >= 0 && bits <= 56)
    let value = next & (1 << UInt64(bits) - 1)
    try skip(bits)
    return value
  }
}
