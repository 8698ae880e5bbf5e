/// What a word is, in the order of WordBreakTable's rules (Lucene's token types).
enum WordType: UInt8 {
  case emoji = 1
  case number, hangul, katakana, word, southEastAsian, ideograph, hiragana
}

/// A word of a text: bytes `start..<end`.
struct Word {
  let start: Int
  let end: Int
  let type: WordType
  let isASCII: Bool
}

/// Finds words as Lucene's StandardTokenizer does: the longest match of the rules in lexical-tables.py (UAX #29's word
/// breaks, in an automaton), everything that no rule matches is skipped a code point at a time.
///
/// A word has at most 255 UTF-16 units. The rules see no further than that from where a word starts, so a longer one is
/// cut into several, where Lucene's buffer cuts it; a surrogate pair stays whole.
struct WordScanner: Sendable {
  static let longestWord = 255

  private let classes: CodePointTable<UInt8>
  /// ASCII byte -> class, (128)
  private let asciiClasses: [UInt8]
  /// (state, class) -> next state, rows of 32; state 0 is dead, 1 the start.
  private let transitions: [UInt8]
  /// State -> raw `WordType` of the word that ends here, or 0.
  private let accepted: [UInt8]

  /// The one instance; its tables take about 30 KiB.
  static let shared = WordScanner()

  private init() {
    classes = CodePointTable(runs: WordBreakTable.classes)
    asciiClasses = (0..<128).map { [classes] in classes[$0] }
    accepted = PackedTable(base64: WordBreakTable.accepted).content
    let rows = PackedTable(base64: WordBreakTable.transitions).content
    let width = WordBreakTable.classCount
    precondition(width <= 32, "a class is five bits")
    transitions = stride(from: 0, to: rows.count, by: width).flatMap { start in
      rows[start..<start + width] + repeatElement(0, count: 32 - width)
    }
  }

  /// The first word that starts at or after byte `position`, which must be a border of code points.
  func next(in text: Span<UInt8>, from position: Int) -> Word? {
    var start = position
    while start < text.count {
      if let word = match(in: text, at: start) { return word }
      start += CodePoint(in: text, at: start).length
    }
    return nil
  }

  /// The longest word that starts exactly at `start`.
  @inline(__always)
  private func match(in text: Span<UInt8>, at start: Int) -> Word? {
    var state = 1
    var position = start
    var units = 0
    var isASCII = true
    var end = start
    var endType: UInt8 = 0
    var endIsASCII = true
    while position < text.count {
      let byte = text[position]
      if byte < 0x80 {
        state = Int(transitions[state << 5 | Int(asciiClasses[Int(byte)])])
        position += 1
        units += 1
      } else {
        let point = CodePoint(in: text, at: position)
        state = Int(transitions[state << 5 | Int(classes[point.value])])
        position += point.length
        units += point.units
        isASCII = false
      }
      if state == 0 || units > Self.longestWord { break }
      if accepted[state] != 0 {
        end = position
        endType = accepted[state]
        endIsASCII = isASCII
      }
    }
    guard let type = WordType(rawValue: endType) else { return nil }
    return Word(start: start, end: end, type: type, isASCII: endIsASCII)
  }
}
