internal import Kernels

/// Repairs characters that were encoded as UTF-8 twice, as MS MARCO's passages have them amid correct text.
///
/// The rule is that of ir_datasets' MS MARCO loader: wherever 4, else 3, else 2 characters of U+0080...U+00FF in a row,
/// taken as Latin-1 bytes, are the UTF-8 of exactly one character, that character takes their place. Its three passes over
/// windows are one pass here: the first character tells how many there must be, since a lead byte of UTF-8 is never
/// another's continuation, and only the two-character case can give a character below U+0100, after which nothing follows.
enum DoubleEncoding {
  /// Repairs valid UTF-8 in place; returns how many characters were put right.
  static func repair(_ bytes: inout [UInt8]) -> Int {
    // Each such sequence starts with U+00C2...U+00F4, whose own UTF-8 starts with C3.
    guard var hit = ByteScan.first(0xC3, in: bytes, 0..<bytes.count) else { return 0 }
    var result: [UInt8] = []
    var copied = 0
    var count = 0
    while true {
      if let inner = decoded(bytes, at: hit) {
        result += bytes[copied..<hit]
        result += inner
        hit += 2 * inner.count
        copied = hit
        count += 1
      } else {
        hit += 2
      }
      guard let next = ByteScan.first(0xC3, in: bytes, min(hit, bytes.count)..<bytes.count) else { break }
      hit = next
    }
    guard count > 0 else { return 0 }
    bytes = result + bytes[copied...]
    return count
  }

  /// The UTF-8 of the one character that the Latin-1 characters from `index` on stand for.
  private static func decoded(_ bytes: [UInt8], at index: Int) -> [UInt8]? {
    guard let lead = latin1(bytes, index) else { return nil }
    let length: Int
    switch lead {
    case 0xC2...0xDF: length = 2
    case 0xE0...0xEF: length = 3
    case 0xF0...0xF4: length = 4
    default: return nil
    }
    var inner = [lead]
    for position in 1..<length {
      guard let byte = latin1(bytes, index + 2 * position) else { return nil }
      inner.append(byte)
    }
    return UTF8Text.firstInvalid(inner, 0..<length) == nil ? inner : nil
  }

  /// The value of the character at `index` if it lies in U+0080...U+00FF.
  private static func latin1(_ bytes: [UInt8], _ index: Int) -> UInt8? {
    guard index + 1 < bytes.count, bytes[index] == 0xC2 || bytes[index] == 0xC3 else { return nil }
    return bytes[index] << 6 | bytes[index + 1] & 0x3F
  }
}
