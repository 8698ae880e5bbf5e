/// One scalar read from UTF-8.
struct UTF8Scalar {
  /// U+FFFD for an invalid sequence.
  var value: UInt32
  /// Bytes read, 1...4.
  var length: Int
  /// Whether the bytes were well-formed; a U+FFFD that the text really holds is.
  var isValid: Bool

  /// The scalar at `position`. An ill-formed sequence is read as one U+FFFD a maximal subpart, as Unicode recommends
  /// (section 3.9) and Swift's `String(decoding:)` and ICU do.
  @inline(__always)
  init(_ bytes: [UInt8], at position: Int, before end: Int) {
    let first = bytes[position]
    if first < 0x80 {
      self.init(value: UInt32(first), length: 1, isValid: true)
    } else {
      self.init(multibyte: bytes, at: position, before: end)
    }
  }

  private init(value: UInt32, length: Int, isValid: Bool) {
    self.value = value
    self.length = length
    self.isValid = isValid
  }

  private init(multibyte bytes: [UInt8], at position: Int, before end: Int) {
    let first = bytes[position]
    let (count, second) = Self.shape(first)
    var value = UInt32(first) & (0x7F >> UInt32(count))
    var read = 1
    while read < count, position + read < end {
      let byte = bytes[position + read]
      guard (read == 1 ? second : 0x80...0xBF).contains(byte) else { break }
      value = value << 6 | UInt32(byte & 0x3F)
      read += 1
    }
    let isValid = count > 1 && read == count
    self.init(value: isValid ? value : 0xFFFD, length: read, isValid: isValid)
  }

  /// The length that a first byte announces (1: it cannot be a first byte) and what may follow it (Unicode, table 3-7).
  private static func shape(_ first: UInt8) -> (count: Int, second: ClosedRange<UInt8>) {
    switch first {
    case 0xC2...0xDF: (2, 0x80...0xBF)
    case 0xE0: (3, 0xA0...0xBF)
    case 0xED: (3, 0x80...0x9F)
    case 0xE1...0xEF: (3, 0x80...0xBF)
    case 0xF0: (4, 0x90...0xBF)
    case 0xF1...0xF3: (4, 0x80...0xBF)
    case 0xF4: (4, 0x80...0x8F)
    default: (1, 0x80...0xBF)
    }
  }

  /// The UTF-8 of `scalars`; a surrogate is written as U+FFFD.
  static func encode(_ scalars: some Sequence<UInt32>) -> [UInt8] {
    scalars.flatMap { value in
      Array(String(Character(Unicode.Scalar(value) ?? "\u{FFFD}")).utf8)
    }
  }

  /// Whether `bytes` are well-formed UTF-8.
  static func isWellFormed(_ bytes: [UInt8]) -> Bool {
    var position = 0
    while position < bytes.count {
      let scalar = UTF8Scalar(bytes, at: position, before: bytes.count)
      guard scalar.isValid else { return false }
      position += scalar.length
    }
    return true
  }
}
