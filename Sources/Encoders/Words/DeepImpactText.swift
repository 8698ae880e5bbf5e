/// DeepImpact's words: how its code cleans passages and queries before anything else (Mallia et al., SIGIR 2021).
///
/// Characters outside `[0-9A-Za-z,.- ]` become spaces, one for each Unicode scalar, letters are lower-cased.
package enum DeepImpactText {
  private static let space = UInt8(ascii: " ")
  private static let comma = UInt8(ascii: ",")
  private static let dot = UInt8(ascii: ".")
  private static let hyphen = UInt8(ascii: "-")

  /// The words of a passage. A comma is a word of its own. "a.b" becomes "a . b" if a part is longer than one character
  /// ("e.g" becomes "eg"); "x-y" becomes "xy ( x y )".
  package static func passage(_ text: some Sequence<UInt8>) -> [[UInt8]] {
    words(of: text, keepsComma: true)
      .flatMap { dotted($0, apart: [space, dot, space]) }
      .flatMap(hyphenatedInPassage)
  }

  /// The words of a query, stop words left out. "a.b" becomes two words if a part is longer than one character; "x-y" if
  /// every part is, and one word "xy" otherwise.
  package static func query(_ text: some Sequence<UInt8>) -> [[UInt8]] {
    words(of: text, keepsComma: false)
      .flatMap { dotted($0, apart: [space]) }
      .flatMap(hyphenatedInQuery)
      .filter { !DeepImpactStopWords.all.contains($0) }
  }

  /// The parts of an abbreviation together, other parts `apart`.
  private static func dotted(_ word: [UInt8], apart: [UInt8]) -> [[UInt8]] {
    guard word.contains(dot) else { return [word] }
    let parts = split(word, at: dot)
    let isAbbreviation = !parts.contains { $0.count > 1 }
    return fields(Array(parts.joined(separator: isAbbreviation ? [] : apart)))
  }

  private static func hyphenatedInPassage(_ word: [UInt8]) -> [[UInt8]] {
    guard word.contains(hyphen) else { return [word] }
    let joined = word.filter { $0 != hyphen }
    let parts = split(word, at: hyphen).filter { !$0.isEmpty }.map { Array($0) }
    let bracketed: [[UInt8]] = [Array("(".utf8)] + parts + [Array(")".utf8)]
    return joined.isEmpty ? bracketed : [joined] + bracketed
  }

  private static func hyphenatedInQuery(_ word: [UInt8]) -> [[UInt8]] {
    guard word.contains(hyphen) else { return [word] }
    let parts = split(word, at: hyphen)
    let separator: [UInt8] = parts.allSatisfy { $0.count > 1 } ? [space] : []
    return fields(Array(parts.joined(separator: separator)))
  }

  /// Lower-cased runs of kept characters; a kept comma stands alone.
  private static func words(of text: some Sequence<UInt8>, keepsComma: Bool) -> [[UInt8]] {
    var cleaned: [UInt8] = []
    for byte in text {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): cleaned.append(byte | 0x20)
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), dot, hyphen:
        cleaned.append(byte)
      case comma where keepsComma: cleaned += [space, comma, space]
      default: cleaned.append(space)
      }
    }
    return fields(cleaned)
  }

  private static func fields(_ text: [UInt8]) -> [[UInt8]] { text.split(separator: space).map(Array.init) }

  private static func split(_ word: [UInt8], at separator: UInt8) -> [ArraySlice<UInt8>] {
    word.split(separator: separator, omittingEmptySubsequences: false)
  }
}
