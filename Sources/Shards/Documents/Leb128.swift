/// Unsigned integers in groups of 7 bits, the least significant first; bit 7 says that another byte follows.
/// 300 is `AC 02`. At most 10 bytes.
enum Leb128 {
  static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// Reads a number at `position` and moves behind it; `nil` if the bytes end first or the number has over 64 bits.
  static func read(_ bytes: [UInt8], at position: inout Int) -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < bytes.count, shift < 64 {
      let byte = bytes[position]
      position += 1
      if shift == 63 && byte > 1 { return nil }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }

  /// A number that counts bytes which must still fit into `limit`.
  static func readCount(_ bytes: [UInt8], at position: inout Int, limit: Int) -> Int? {
    guard let value = read(bytes, at: &position), value <= UInt64(limit) else { return nil }
    return Int(value)
  }
}
