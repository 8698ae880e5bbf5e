/// Reads what lexical-tables.py packs into string literals (a big array literal would take minutes to compile).
struct PackedTable {
  private let bytes: [UInt8]
  private var position = 0

  /// - Parameter base64: standard alphabet, with padding, no line breaks.
  init(base64: String) {
    bytes = Self.decode(base64.utf8)
  }

  /// All bytes, whatever was read.
  var content: [UInt8] { bytes }

  var isAtEnd: Bool { position == bytes.count }

  mutating func byte() -> UInt8 {
    defer { position += 1 }
    return bytes[position]
  }

  /// An unsigned LEB128 number.
  mutating func number() -> Int {
    var result = 0
    var shift = 0
    while true {
      let next = byte()
      result |= Int(next & 0x7f) << shift
      if next < 0x80 { return result }
      shift += 7
    }
  }

  /// A zigzag LEB128 number.
  mutating func signed() -> Int {
    let value = number()
    return value & 1 == 0 ? value / 2 : -(value + 1) / 2
  }

  private static func decode(_ text: some Sequence<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for character in text {
      guard let digit = digit(of: character) else { break }
      bits = bits << 6 | UInt32(digit)
      count += 6
      guard count >= 8 else { continue }
      count -= 8
      result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
    }
    return result
  }

  private static func digit(of character: UInt8) -> UInt8? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
