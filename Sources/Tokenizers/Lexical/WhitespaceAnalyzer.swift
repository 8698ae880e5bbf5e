/// Lucene's WhitespaceAnalyzer: what stands between white space, untouched. For text that is terms already.
///
/// White space is Java's `Character.isWhitespace`: no-break spaces (U+00A0, U+2007, U+202F) and U+0085 are not. A term
/// ends when it has 255 UTF-16 units or more, the next goes on from there.
package struct WhitespaceAnalyzer: TextAnalyzer {
  package static let name = "whitespace"

  package init(options: AnalyzerOptions = .init()) throws {
    if options.stopWords != nil { throw AnalyzerError.unusedOption("stopWords", analyzer: Self.name) }
    if options.stemmer != nil { throw AnalyzerError.unusedOption("stemmer", analyzer: Self.name) }
  }

  package mutating func analyze(_ text: Span<UInt8>, emit: (Span<UInt8>) throws -> Void) rethrows {
    var start = 0
    var units = 0
    var position = 0
    while position < text.count {
      let point = CodePoint(in: text, at: position)
      let isSpace = Self.isSpace(point.value)
      if isSpace, units > 0 { try emit(text.extracting(start..<position)) }
      position += point.length
      units = isSpace ? 0 : units + point.units
      if units >= WordScanner.longestWord {
        try emit(text.extracting(start..<position))
        units = 0
      }
      if units == 0 { start = position }
    }
    if units > 0 { try emit(text.extracting(start..<position)) }
  }

  private static func isSpace(_ point: UInt32) -> Bool {
    switch point {
    case 0x09...0x0d, 0x1c...0x20, 0x1680, 0x2000...0x2006, 0x2008...0x200a, 0x2028, 0x2029, 0x205f, 0x3000: true
    default: false
    }
  }
}
