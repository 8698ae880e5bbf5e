/// Cuts a long text into passages: windows of `length` words or sentences, a new one every `stride`.
///
/// Windows start at units 0, stride, 2 * stride, ... The first that reaches the end of the text is the last one: it may
/// be shorter than `length`, and no window is just the tail of the one before it. With 10 units, length 4, stride 3:
/// units 0-3, 3-6, 6-9. A text of at most `length` units is one window.
///
/// A passage is a range of the text's bytes, never re-spaced. It keeps the punctuation that touches its first and last
/// unit and starts and ends without white space. A text with neither words nor anything else but white space gives one
/// empty passage; one with signs but no words gives one passage.
package struct PassageWindows: Equatable, Sendable {
  package enum Unit: String, CaseIterable, Decodable, Sendable {
    /// Words as `EnglishAnalyzer` finds them (UAX #29; each ideograph is one).
    case words
    /// Sentences by UAX #29.
    case sentences
  }

  /// Windows that cannot be.
  package enum Invalid: Error, Equatable, CustomStringConvertible {
    case length(Int)
    case stride(Int, length: Int)

    package var description: String {
      switch self {
      case .length(let length): "length \(length): a window has at least 1 unit"
      case .stride(let stride, let length):
        "stride \(stride): from 1 to length (\(length)), else windows do not move on or text between them is lost"
      }
    }
  }

  package let unit: Unit
  /// Units a window.
  package let length: Int
  /// Units from one window's start to the next one's.
  package let stride: Int

  /// - Throws: `Invalid` unless `1 <= stride <= length`.
  package init(unit: Unit, length: Int, stride: Int) throws(Invalid) {
    guard length >= 1 else { throw .length(length) }
    guard 1...length ~= stride else { throw .stride(stride, length: length) }
    self.unit = unit
    self.length = length
    self.stride = stride
  }

  /// The byte range of each window of `text` (UTF-8), in order; never none.
  package func ranges(of text: [UInt8]) -> [Range<Int>] {
    ranges(of: text.span)
  }

  /// The byte range of each window of `text` (UTF-8), in order; never none.
  package func ranges(of text: Span<UInt8>) -> [Range<Int>] {
    let units = unit == .words ? Self.words(of: text) : Self.sentences(of: text)
    if units.isEmpty { return [Self.trimmed(0..<text.count, of: text)] }
    var windows: [Range<Int>] = []
    var first = 0
    while true {
      let end = units.count - first > length ? first + length : units.count
      windows.append(units[first].lowerBound..<units[end - 1].upperBound)
      if end == units.count { return windows }
      first += stride
    }
  }

  // MARK: Units

  /// Words with the punctuation that touches them: what follows a word up to white space or the next word is the
  /// word's, what white space separates from the word before is the next one's.
  private static func words(of text: Span<UInt8>) -> [Range<Int>] {
    var words: [Range<Int>] = []
    var gap = 0
    while let word = WordScanner.shared.next(in: text, from: gap) {
      let spaces = whiteSpace(in: gap..<word.start, of: text)
      if let last = words.indices.last {
        words[last] = words[last].lowerBound..<(spaces?.lowerBound ?? word.start)
        words.append((spaces?.upperBound ?? word.start)..<word.end)
      } else {
        words.append((spaces?.upperBound ?? gap)..<word.end)
      }
      gap = word.end
    }
    if let last = words.indices.last {
      let spaces = whiteSpace(in: gap..<text.count, of: text)
      words[last] = words[last].lowerBound..<(spaces?.lowerBound ?? text.count)
    }
    return words
  }

  /// Sentences without the white space around them; blank ones are left out.
  private static func sentences(of text: Span<UInt8>) -> [Range<Int>] {
    var sentences: [Range<Int>] = []
    var start = 0
    while start < text.count {
      let end = SentenceScanner.shared.end(in: text, from: start)
      let sentence = trimmed(start..<end, of: text)
      if !sentence.isEmpty { sentences.append(sentence) }
      start = end
    }
    return sentences
  }

  // MARK: White space

  /// From the first white space in `range` to the end of its last.
  private static func whiteSpace(in range: Range<Int>, of text: Span<UInt8>) -> Range<Int>? {
    var found: Range<Int>?
    var position = range.lowerBound
    while position < range.upperBound {
      let point = CodePoint(in: text, at: position)
      if isWhiteSpace(point.value) {
        found = (found?.lowerBound ?? position)..<position + point.length
      }
      position += point.length
    }
    return found
  }

  /// `range` without white space at its ends; empty at its start if there is nothing else.
  private static func trimmed(_ range: Range<Int>, of text: Span<UInt8>) -> Range<Int> {
    var start: Int?
    var end = range.lowerBound
    var position = range.lowerBound
    while position < range.upperBound {
      let point = CodePoint(in: text, at: position)
      position += point.length
      if !isWhiteSpace(point.value) {
        start = start ?? position - point.length
        end = position
      }
    }
    return (start ?? range.lowerBound)..<end
  }

  /// Unicode's White_Space.
  private static func isWhiteSpace(_ point: UInt32) -> Bool {
    switch point {
    case 0x09...0x0d, 0x20, 0x85, 0xa0, 0x1680, 0x2000...0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000: true
    default: false
    }
  }
}
