import Testing
import Tokenizers

@Suite("Passage windows")
struct PassageWindowsTests {
  private static func passages(
    _ text: String, _ unit: PassageWindows.Unit, length: Int, stride: Int
  ) throws -> [String] {
    let bytes = Array(text.utf8)
    let windows = try PassageWindows(unit: unit, length: length, stride: stride)
    return windows.ranges(of: bytes).map { String(decoding: bytes[$0], as: UTF8.self) }
  }

  @Test("words keep the punctuation that touches them, and the text between them as it is")
  func wordExample() throws {
    let text = "  He said:  \"Go (now)!\" \u{2014} well-known  fact. "
    #expect(
      try Self.passages(text, .words, length: 2, stride: 2)
        == ["He said:", "\"Go (now)!\"", "well-known", "fact."])
    #expect(
      try Self.passages(text, .words, length: 4, stride: 3)
        == ["He said:  \"Go (now)!\"", "(now)!\" \u{2014} well-known  fact."])
    #expect(try Self.passages("state-of", .words, length: 1, stride: 1) == ["state-", "of"])
    #expect(try Self.passages("我是x", .words, length: 2, stride: 2) == ["我是", "x"])
  }

  @Test("sentences come without the white space between passages")
  func sentenceExample() throws {
    let text = "Dr. No slept. 3.14 is pi!  Is it?\n\n\n(Yes.) The end"
    #expect(
      try Self.passages(text, .sentences, length: 2, stride: 1)
        == ["Dr. No slept.", "No slept. 3.14 is pi!", "3.14 is pi!  Is it?", "Is it?\n\n\n(Yes.)", "(Yes.) The end"])
  }

  @Test("the first window that reaches the end is the last")
  func lastWindow() throws {
    let ten = "0 1 2 3 4 5 6 7 8 9"
    #expect(try Self.passages(ten, .words, length: 4, stride: 3) == ["0 1 2 3", "3 4 5 6", "6 7 8 9"])
    #expect(try Self.passages(ten, .words, length: 4, stride: 4) == ["0 1 2 3", "4 5 6 7", "8 9"])
    #expect(try Self.passages(ten, .words, length: 10, stride: 1) == [ten])
    #expect(try Self.passages(ten, .words, length: 99, stride: 1) == [ten])
    #expect(try Self.passages(ten, .words, length: .max, stride: .max) == [ten])
  }

  @Test("a text without units is one passage", arguments: PassageWindows.Unit.allCases)
  func emptyText(unit: PassageWindows.Unit) throws {
    #expect(try Self.passages("", unit, length: 3, stride: 2) == [""])
    #expect(try Self.passages(" \n\u{3000}\t", unit, length: 3, stride: 2) == [""])
    #expect(try Self.passages(" ?! ", unit, length: 3, stride: 2) == ["?!"])
  }

  @Test("a stride beyond the length, or nothing at all, is an error")
  func wrongWindows() throws {
    #expect(throws: PassageWindows.Invalid.length(0)) { try PassageWindows(unit: .words, length: 0, stride: 1) }
    #expect(throws: PassageWindows.Invalid.stride(0, length: 3)) {
      try PassageWindows(unit: .words, length: 3, stride: 0)
    }
    #expect(throws: PassageWindows.Invalid.stride(4, length: 3)) {
      try PassageWindows(unit: .words, length: 3, stride: 4)
    }
  }

  @Test(
    "windows cover all that is not white space, in order, `stride` units apart", arguments: PassageWindows.Unit.allCases
  )
  func windowsCoverTheText(unit: PassageWindows.Unit) throws {
    var random = SeededGenerator(for: "windowsCoverTheText")
    for _ in 0..<2_000 {
      let text = random.text(upTo: 120)
      let length = Int.random(in: 1...8, using: &random)
      let stride = Int.random(in: 1...length, using: &random)
      let units = try PassageWindows(unit: unit, length: 1, stride: 1).ranges(of: text)
      let windows = try PassageWindows(unit: unit, length: length, stride: stride).ranges(of: text)
      for (index, window) in windows.enumerated() {
        let last = min(index * stride + length, units.count) - 1
        #expect(window == units[index * stride].lowerBound..<units[last].upperBound, "\(text)")
      }
      #expect(windows.last?.upperBound == units.last?.upperBound)
      #expect(windows.dropLast().last?.upperBound != windows.last?.upperBound, "\(text): a tail of the one before")
      for (unit, next) in zip(units, units.dropFirst()) { #expect(unit.upperBound <= next.lowerBound, "\(text)") }
    }
  }

  @Test("no word is lost or cut: the windows' terms are the text's")
  func windowsKeepWords() throws {
    var random = SeededGenerator(for: "windowsKeepWords")
    var standard = try StandardAnalyzer()
    let singles = try PassageWindows(unit: .words, length: 1, stride: 1)
    for _ in 0..<2_000 {
      let text = random.text(upTo: 80)
      let ranges = singles.ranges(of: text)
      let terms = ranges.flatMap { standard.terms(of: Array(text[$0])) }
      #expect(terms == standard.terms(of: text), "\(String(decoding: text, as: UTF8.self).debugDescription)")
    }
  }
}

@Suite("Passage ids")
struct PassageIdentifierTests {
  @Test("give back document and window, whatever the document's id", arguments: ["d1", "", "a#7", "a#", "#", "é#0#12"])
  func roundTrip(document: String) throws {
    for window in [0, 1, 10, 123_456] {
      let passage = PassageIdentifier.of(document: Array(document.utf8), window: window)
      #expect(String(decoding: passage, as: UTF8.self) == "\(document)#\(window)")
      let parsed = try #require(PassageIdentifier.parse(passage))
      #expect(parsed.document == Array(document.utf8))
      #expect(parsed.window == window)
      #expect(PassageIdentifier.document(of: passage) == Array(document.utf8))
    }
  }

  @Test(
    "leave other ids as they are", arguments: ["d1", "", "a#", "a#x", "a#1x", "a#-1", "a#07", "#99999999999999999999"])
  func otherIds(id: String) {
    #expect(PassageIdentifier.parse(Array(id.utf8)) == nil)
    #expect(PassageIdentifier.document(of: Array(id.utf8)) == Array(id.utf8))
  }
}
