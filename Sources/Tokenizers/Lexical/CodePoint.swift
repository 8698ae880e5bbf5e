/// A code point read from UTF-8, and how many bytes it took.
struct CodePoint {
  let value: UInt32
  /// 1 to 4
  let length: Int

  /// UTF-16 units, Java's measure of length: 1 or 2.
  var units: Int { value >= 0x1_0000 ? 2 : 1 }

  /// Reads the code point at `start`. Bytes that are not UTF-8 read as U+FFFD, one for every maximal part of a sequence
  /// (Unicode 15, section 3.9, table 3-8), as Java's and Swift's decoders do.
  ///
  /// - Precondition: `start` is inside `text`.
  @inline(__always)
  init(in text: Span<UInt8>, at start: Int) {
    let first = text[start]
    if first < 0x80 {
      value = UInt32(first)
      length = 1
    } else {
      (value, length) = Self.decode(text, start, first)
    }
  }

  private static func decode(_ text: Span<UInt8>, _ start: Int, _ first: UInt8) -> (UInt32, Int) {
    let needed: Int
    // The second byte's range excludes overlong forms, surrogates and what lies beyond U+10FFFF.
    var low: UInt8 = 0x80
    var high: UInt8 = 0xbf
    switch first {
    case 0xc2...0xdf: needed = 1
    case 0xe0...0xef:
      needed = 2
      if first == 0xe0 { low = 0xa0 }
      if first == 0xed { high = 0x9f }
    case 0xf0...0xf4:
      needed = 3
      if first == 0xf0 { low = 0x90 }
      if first == 0xf4 { high = 0x8f }
    default: return (0xfffd, 1)
    }
    var value = UInt32(first) & (0x3f >> UInt32(needed))
    for step in 1...needed {
      guard start + step < text.count, text[start + step] >= low, text[start + step] <= high else {
        return (0xfffd, step)
      }
      value = value << 6 | UInt32(text[start + step] & 0x3f)
      low = 0x80
      high = 0xbf
    }
    return (value, needed + 1)
  }
}

extension [UInt8] {
  /// Appends `point` as UTF-8.
  mutating func append(codePoint point: UInt32) {
    switch point {
    case 0..<0x80:
      append(UInt8(point))
    case 0x80..<0x800:
      append(UInt8(0xc0 | point >> 6))
      append(UInt8(0x80 | point & 0x3f))
    case 0x800..<0x1_0000:
      append(UInt8(0xe0 | point >> 12))
      append(UInt8(0x80 | point >> 6 & 0x3f))
      append(UInt8(0x80 | point & 0x3f))
    default:
      append(UInt8(0xf0 | point >> 18 & 0x07))
      append(UInt8(0x80 | point >> 12 & 0x3f))
      append(UInt8(0x80 | point >> 6 & 0x3f))
      append(UInt8(0x80 | point & 0x3f))
    }
  }
}
