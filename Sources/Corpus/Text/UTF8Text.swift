/// UTF-8 as bytes: validity, and the two ways to read what is not valid.
enum UTF8Text {
  private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

  /// The index of the first byte in `range` at which no well-formed sequence (Unicode, table 3-7) starts.
  static func firstInvalid(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
    do {
      _ = try UTF8Span(validating: bytes.span.extracting(range))
      return nil
    } catch {
      return range.lowerBound + error.byteOffsets.lowerBound
    }
  }

  /// `bytes[range]` with U+FFFD for each maximal part of an ill-formed sequence, and how many there are.
  static func replacingInvalid(_ bytes: [UInt8], _ range: Range<Int>) -> (bytes: [UInt8], count: Int) {
    let replaced = Array(String(decoding: bytes[range], as: UTF8.self).utf8)
    return (replaced, countReplacements(replaced[...]) - countReplacements(bytes[range]))
  }

  /// `bytes[range]` read as Latin-1, and how many of them were C1 controls, which become U+FFFD.
  static func fromLatin1(_ bytes: [UInt8], _ range: Range<Int>) -> (bytes: [UInt8], count: Int) {
    var result: [UInt8] = []
    result.reserveCapacity(range.count + range.count / 8)
    var count = 0
    for byte in bytes[range] {
      switch byte {
      case 0..<0x80: result.append(byte)
      case 0x80..<0xA0:
        result += replacement
        count += 1
      default:
        result.append(0xC0 | byte >> 6)
        result.append(0x80 | byte & 0x3F)
      }
    }
    return (result, count)
  }

  static func hasReplacement(_ bytes: [UInt8]) -> Bool {
    countReplacements(bytes[...]) > 0
  }

  /// Appends a scalar value's UTF-8.
  static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
    func tail(_ shift: UInt32) -> UInt8 { UInt8(0x80 | scalar >> shift & 0x3F) }
    switch scalar {
    case 0..<0x80: bytes.append(UInt8(scalar))
    case 0x80..<0x800: bytes += [UInt8(0xC0 | scalar >> 6), tail(0)]
    case 0x800..<0x10000: bytes += [UInt8(0xE0 | scalar >> 12), tail(6), tail(0)]
    default: bytes += [UInt8(0xF0 | scalar >> 18), tail(12), tail(6), tail(0)]
    }
  }

  private static func countReplacements(_ bytes: ArraySlice<UInt8>) -> Int {
    var count = 0
    var index = bytes.startIndex
    while index + 3 <= bytes.endIndex {
      if bytes[index] == 0xEF && bytes[index + 1] == 0xBF && bytes[index + 2] == 0xBD {
        count += 1
        index += 3
      } else {
        index += 1
      }
    }
    return count
  }
}
