/// The decoded `BertScalarTables`: what each Unicode scalar value is to Hugging Face's BERT tokenizer.
struct BertScalarProperties: Sendable {
  /// Decoded at first use, in about a millisecond.
  static let shared = BertScalarProperties()

  let removed = ranges(BertScalarTables.removed)
  let blank = ranges(BertScalarTables.blank)
  let ideographs = ranges(BertScalarTables.ideographs)
  let nonspacing = ranges(BertScalarTables.nonspacing)
  let nonspacingStarters = ranges(BertScalarTables.nonspacingStarters)
  let punctuation = ranges(BertScalarTables.punctuation)
  let whitespace = ranges(BertScalarTables.whitespace)
  let combiningClasses = mapping(BertScalarTables.combiningClasses)
  let decompositions = mapping(BertScalarTables.decompositions)
  let lowercase = mapping(BertScalarTables.lowercase)

  static let hangul: Range<UInt32> = 0xAC00..<0xD7A4

  /// The two or three jamo of a Hangul syllable (Unicode, section 3.12).
  static func jamo(of syllable: UInt32) -> (leading: UInt32, vowel: UInt32, trailing: UInt32?) {
    let index = syllable - hangul.lowerBound
    let trailing = index % 28
    return (0x1100 + index / 588, 0x1161 + index % 588 / 28, trailing == 0 ? nil : 0x11A7 + trailing)
  }

  /// Decodes `gap.count` words into ascending ranges.
  private static func ranges(_ text: String) -> [Range<UInt32>] {
    var position: UInt32 = 0
    return words(text).map { word in
      let parts = word.split(separator: UInt8(ascii: "."))
      let first = position + hexadecimal(parts[0])
      position = first + (parts.count > 1 ? hexadecimal(parts[1]) : 1)
      return first..<position
    }
  }

  /// Decodes `gap:scalar+scalar` words.
  private static func mapping(_ text: String) -> [UInt32: [UInt32]] {
    var position: UInt32 = 0
    var result: [UInt32: [UInt32]] = [:]
    for word in words(text) {
      let parts = word.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
      position += parts[0].isEmpty ? 1 : hexadecimal(parts[0])
      result[position] = parts[1].split(separator: UInt8(ascii: "+")).map(hexadecimal)
    }
    return result
  }

  private static func words(_ text: String) -> [ArraySlice<UInt8>] {
    Array(text.utf8).split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
  }

  private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt32 {
    digits.reduce(0) { $0 << 4 | UInt32($1 < UInt8(ascii: "a") ? $1 - UInt8(ascii: "0") : $1 - UInt8(ascii: "a") + 10) }
  }
}
