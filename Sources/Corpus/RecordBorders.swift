internal import Kernels

/// Finds where records end in bytes that come in blocks. Blocks may be cut anywhere: the borders are the same.
package protocol RecordBorders: Sendable {
  /// The index after the first record that ends in `block[range]`; `nil` if none does.
  ///
  /// Ranges continue one another. The result is `range.lowerBound` if the end shows only by what follows it.
  mutating func next(in block: [UInt8], _ range: Range<Int>) -> Int?
}

/// A record is a line, its line feed included. Nothing else ends a line: not CR, VT, FF, U+0085, U+2028.
package struct LineBorders: RecordBorders {
  package mutating func next(in block: [UInt8], _ range: Range<Int>) -> Int? {
    ByteScan.first(UInt8(ascii: "\n"), in: block, range).map { $0 + 1 }
  }
}

/// A record ends after `</DOC>` (any case, blanks before `>`), the blanks behind it and one line feed.
package struct DocEndBorders: RecordBorders {
  private static let pattern = Array("</doc".utf8)
  /// How much of the pattern stands before the next byte; `closing` after all of it, `closed` after its `>`.
  private var matched = 0
  private static let closing = 5
  private static let closed = 6

  package mutating func next(in block: [UInt8], _ range: Range<Int>) -> Int? {
    var index = range.lowerBound
    while index < range.upperBound {
      if matched == 0 {
        guard let hit = ByteScan.first(UInt8(ascii: "<"), in: block, index..<range.upperBound) else { return nil }
        index = hit
      }
      if let border = step(block[index], at: index) { return border }
      index += 1
    }
    return nil
  }

  private mutating func step(_ byte: UInt8, at index: Int) -> Int? {
    let isBlank = byte == 0x20 || byte == 0x09 || byte == 0x0D
    switch matched {
    case Self.closed:
      if isBlank { return nil }
      matched = 0
      return byte == 0x0A ? index + 1 : index
    case Self.closing where byte == UInt8(ascii: ">"):
      matched = Self.closed
    case Self.closing where isBlank || byte == 0x0A:
      break
    case 0..<Self.closing where Self.pattern[matched] == (byte | (matched >= 2 ? 0x20 : 0)):
      matched += 1
    default:
      matched = byte == UInt8(ascii: "<") ? 1 : 0
    }
    return nil
  }
}
