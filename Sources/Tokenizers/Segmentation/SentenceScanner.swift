/// Sentence_Break, in the order of SentenceBreakTable.
enum SentenceClass: UInt8 {
  case other, carriageReturn, lineFeed, separator, extend, format, space, lower, upper, otherLetter, numeric
  /// A full stop, which may end an abbreviation or a number; other signs end a sentence for sure (`stop`).
  case period
  case goesOn, stop, close

  var isParagraphEnd: Bool { self == .separator || self == .carriageReturn || self == .lineFeed }
  var isTransparent: Bool { self == .extend || self == .format }
  var endsSentence: Bool { self == .period || self == .stop }
}

/// Finds sentences by UAX #29, section 5 (revision 41, Unicode 15.0). White space after a sentence belongs to it.
package struct SentenceScanner: Sendable {
  private let classes: CodePointTable<UInt8>

  package static let shared = SentenceScanner()

  private init() {
    classes = CodePointTable(runs: SentenceBreakTable.classes)
  }

  /// Where the sentence that starts at byte `start` ends.
  ///
  /// - Precondition: `start` is a sentence's start, inside `text`.
  package func end(in text: Span<UInt8>, from start: Int) -> Int {
    var context = Context()
    var position = start
    while position < text.count {
      let (kind, length) = read(text, position)
      if position > start, isBreak(before: kind, context, text, position) { return position }
      context.advance(over: kind)
      position += length
    }
    return position
  }

  /// What the rules need to know of the text before a position.
  private struct Context {
    /// How far a sentence's end has got: SATerm, SATerm Close+, SATerm Close* Sp+.
    enum Ending { case none, term, close, space }

    var ending = Ending.none
    /// The term was a period, and the class before it.
    var termIsPeriod = false
    var beforeTerm = SentenceClass.other
    /// The last class, and the last one but Extend and Format (SB5).
    var previous = SentenceClass.other
    var base = SentenceClass.other

    mutating func advance(over kind: SentenceClass) {
      previous = kind
      if kind.isTransparent { return }
      switch (kind, ending) {
      case (.period, _), (.stop, _):
        ending = .term
        termIsPeriod = kind == .period
        beforeTerm = base
      case (.close, .term), (.close, .close): ending = .close
      case (.space, .term), (.space, .close), (.space, .space): ending = .space
      default: ending = .none
      }
      base = kind
    }
  }

  private func isBreak(
    before kind: SentenceClass, _ context: Context, _ text: Span<UInt8>, _ position: Int
  ) -> Bool {
    if context.previous.isParagraphEnd {  // SB3, SB4
      return !(context.previous == .carriageReturn && kind == .lineFeed)
    }
    if kind.isTransparent || context.ending == .none { return false }  // SB5, SB998
    if kind == .goesOn || kind.endsSentence { return false }  // SB8a
    if kind == .space || kind.isParagraphEnd { return false }  // SB9, SB10
    if kind == .close, context.ending != .space { return false }  // SB9
    guard context.termIsPeriod else { return true }
    if context.ending == .term {
      if kind == .numeric { return false }  // SB6
      let isAfterLetter = context.beforeTerm == .upper || context.beforeTerm == .lower
      if kind == .upper, isAfterLetter { return false }  // SB7
    }
    return !lowerFollows(text, position)  // SB8
  }

  /// SB8: whether the first letter or end of a sentence at or after `position` is a lower-case letter.
  private func lowerFollows(_ text: Span<UInt8>, _ position: Int) -> Bool {
    var position = position
    while position < text.count {
      let (kind, length) = read(text, position)
      if kind == .lower { return true }
      if kind == .upper || kind == .otherLetter || kind.isParagraphEnd || kind.endsSentence { return false }
      position += length
    }
    return false
  }

  @inline(__always)
  private func read(_ text: Span<UInt8>, _ position: Int) -> (SentenceClass, Int) {
    let point = CodePoint(in: text, at: position)
    return (SentenceClass(rawValue: classes[point.value]) ?? .other, point.length)
  }
}
