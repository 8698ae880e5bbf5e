/// A 64-bit hash of bytes that arrive in pieces; the same for every way of cutting them.
///
/// It places the borders of splits (see `SplitCutter`), so it is part of what chunks are made of and must never change.
/// Little-endian words of eight bytes: `state = (state ^ word) * prime`, then folded by `state ^= state >> 32`; the last
/// word, if need be an empty one, is padded with zeros; at the end the length is xored in and MurmurHash3's 64-bit
/// finalizer applied.
package struct RecordHash: Sendable {
  private var state: UInt64 = 0x9E37_79B9_7F4A_7C15
  /// The bytes after the last whole word, in the low bits.
  private var tail: UInt64 = 0
  private var length: UInt64 = 0

  package init() {}

  /// Adds `bytes[range]`.
  package mutating func update(_ bytes: [UInt8], _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
    // SAFETY: eight-byte loads end at or before `range.upperBound`, single ones lie inside `range`.
    unsafe bytes.withUnsafeBytes { buffer in
      var index = range.lowerBound
      while index < range.upperBound {
        if length & 7 == 0 && index + 8 <= range.upperBound {
          mix(UInt64(littleEndian: unsafe buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
          length &+= 8
          index += 8
        } else {
          tail |= UInt64(unsafe buffer[index]) << (8 * (length & 7))
          length &+= 1
          index += 1
          if length & 7 == 0 {
            mix(tail)
            tail = 0
          }
        }
      }
    }
  }

  /// The hash of all bytes added since `init`.
  package var value: UInt64 {
    var copy = self
    copy.mix(tail)
    var hash = copy.state ^ length
    hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
    hash = (hash ^ hash >> 33) &* 0xC4CE_B9FE_1A85_EC53
    return hash ^ hash >> 33
  }

  private mutating func mix(_ word: UInt64) {
    state = (state ^ word) &* 0x9FB2_1C65_1E98_DF25
    state ^= state >> 32
  }
}
