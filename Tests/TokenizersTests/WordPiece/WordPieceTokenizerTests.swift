import Testing
import Tokenizers

/// What the tokenizer promises, rule by rule, on a small vocabulary.
struct WordPieceTokenizerTests {
  private static let entries =
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "##a", "aa", "b", "##b", "un", "##aff", "##able", "affable"]
    + ["[", "]", "#", "=", "i", "\u{3C3}", "##\u{3C3}", "\u{4E2D}", "mask", "e"]

  private func tokenizer(_ change: (inout WordPieceOptions) -> Void = { _ in }) throws -> WordPieceTokenizer {
    var options = WordPieceOptions()
    change(&options)
    return try WordPieceTokenizer(vocabulary: Self.entries.map { Array($0.utf8) }, options: options)
  }

  private func tokens(_ text: String, _ tokenizer: WordPieceTokenizer) -> [String] {
    tokenizer.encode(Array(text.utf8)).map { String(decoding: tokenizer.token($0) ?? [], as: UTF8.self) }
  }

  @Test func wordsAreCutIntoTheLongestEntriesFromTheLeft() throws {
    let tokenizer = try tokenizer()
    #expect(tokens("unaffable affable aab", tokenizer) == ["un", "##aff", "##able", "affable", "aa", "##b"])
    #expect(tokens("aab? unx", tokenizer) == ["aa", "##b", "[UNK]", "[UNK]"])
  }

  @Test func aWordThatCannotBeCutIsUnknownAsAWhole() throws {
    #expect(tokens("a unaffablez a", try tokenizer()) == ["a", "[UNK]", "a"])
  }

  @Test func theLimitOf100CountsScalarsAfterNormalization() throws {
    let tokenizer = try tokenizer()
    #expect(tokenizer.encode(Array(String(repeating: "e\u{301}", count: 101).utf8)) == [tokenizer.unknownID])
    #expect(tokenizer.encode(Array(String(repeating: "a\u{301}", count: 100).utf8)).count == 99)
    #expect(tokenizer.encode(Array(String(repeating: "a", count: 100).utf8)).count == 99)
    #expect(tokenizer.encode(Array(String(repeating: "a", count: 101).utf8)) == [tokenizer.unknownID])
  }

  @Test func specialTokensAreFoundInsideWordsButOnlyAsWritten() throws {
    let tokenizer = try tokenizer()
    #expect(tokens("aa[MASK]b[SEP]", tokenizer) == ["aa", "[MASK]", "b", "[SEP]"])
    #expect(tokens("[mask]", tokenizer) == ["[", "mask", "]"])
    #expect(tokens("[[CLS]]", tokenizer) == ["[", "[CLS]", "]"])
  }

  @Test func lowerCaseGoesScalarByScalar() throws {
    let tokenizer = try tokenizer()
    #expect(tokens("\u{3A3}\u{3A3} \u{130} \u{2260}", tokenizer) == ["\u{3C3}", "##\u{3C3}", "i", "="])
  }

  @Test func controlsVanishAndJoinTheirNeighbours() throws {
    #expect(tokens("a\u{AD}a\u{85}\u{200B}\u{0}b\u{FFFD}", try tokenizer()) == ["aa", "##b"])
  }

  @Test func ideographsStandAloneOnlyWhenAsked() throws {
    #expect(tokens("a\u{4E2D}a", try tokenizer()) == ["a", "\u{4E2D}", "a"])
    #expect(tokens("a\u{4E2D}a", try tokenizer { $0.isolatesIdeographs = false }) == ["[UNK]"])
  }

  @Test func casedModelsKeepCaseAndAccents() throws {
    let tokenizer = try tokenizer { $0.lowercase = false }
    #expect(tokens("A \u{E9} e aa", tokenizer) == ["[UNK]", "[UNK]", "e", "aa"])
  }

  @Test func normalizedAddedTokensAreFoundInTheNormalizedText() throws {
    let tokenizer = try tokenizer {
      let query = AddedToken(content: Array("[Q] ".utf8), id: 24, isNormalized: true)
      let raw = AddedToken(content: Array("XY".utf8), id: 25)
      $0.addedTokens = [query, raw]
    }
    #expect(tokenizer.vocabularySize == 26)
    #expect(tokenizer.encode(Array("[\u{AD}q]\u{3000}aXYa".utf8)) == [24, 5, 25, 5])
    #expect(tokens("a[q]xy", tokenizer) == ["a", "[", "[UNK]", "]", "[UNK]"])
  }

  @Test func illFormedUTF8CountsAsSwiftsRepairOfIt() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("illFormedUTF8CountsAsSwiftsRepairOfIt seed \(seed)")
    var random = SplitMix64(state: seed)
    let bytes: [UInt8] = [
      0x41, 0x20, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xE0, 0xE2, 0xED, 0xEF, 0xF0, 0xF4,
    ]
    for uncleaned in [false, true] {
      let tokenizer = try tokenizer { $0.cleansText = !uncleaned }
      for _ in 0..<5000 {
        let text = (0..<Int.random(in: 0...12, using: &random)).map { _ in
          Bool.random(using: &random) ? bytes.randomElement(using: &random) ?? 0 : .random(in: 0...255, using: &random)
        }
        let repaired = Array(String(decoding: text, as: UTF8.self).utf8)
        #expect(tokenizer.words(of: text) == tokenizer.words(of: repaired), "\(text)")
      }
    }
  }

  @Test func piecesEqualThoseOfTheDefinitionForRandomVocabularies() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("piecesEqualThoseOfTheDefinitionForRandomVocabularies seed \(seed)")
    var random = SplitMix64(state: seed)
    let letters = ["a", "b", "c", "\u{430}", "\u{431}", "\u{10428}"]
    func word(_ longest: Int) -> String {
      (0..<Int.random(in: 1...longest, using: &random)).map { _ in letters.randomElement(using: &random) ?? "" }
        .joined()
    }
    for _ in 0..<40 {
      let pieces = Set((0..<60).flatMap { _ in [word(4), "##" + word(3)] })
      let entries = ["[UNK]", "[CLS]", "[SEP]"] + pieces.sorted()
      let tokenizer = try WordPieceTokenizer(vocabulary: entries.map { Array($0.utf8) })
      for _ in 0..<200 {
        let text = word(14)
        #expect(tokens(text, tokenizer) == Self.definition(text, Set(entries)), "\(text) in \(entries)")
      }
    }
  }

  /// WordPiece as its paper and Hugging Face write it: the longest entry, again and again.
  private static func definition(_ word: String, _ entries: Set<String>) -> [String] {
    var rest = Array(word.unicodeScalars)
    var pieces: [String] = []
    while !rest.isEmpty {
      let prefix = pieces.isEmpty ? "" : "##"
      let lengths = (1...rest.count).reversed()
      let length = lengths.first { entries.contains(prefix + String(String.UnicodeScalarView(rest[..<$0]))) }
      guard let length else { return ["[UNK]"] }
      pieces.append(prefix + String(String.UnicodeScalarView(rest[..<length])))
      rest.removeFirst(length)
    }
    return pieces
  }

  @Test func specialsSurroundWhatIsLeftAfterTruncation() throws {
    let tokenizer = try tokenizer()
    #expect(tokenizer.withSpecials([5, 6, 7], maxLength: 5) == [2, 5, 6, 7, 3])
    #expect(tokenizer.withSpecials([5, 6, 7], maxLength: 4) == [2, 5, 6, 3])
    #expect(tokenizer.withSpecials([5, 6, 7], maxLength: 2) == [2, 3])
    #expect(tokenizer.withSpecials([], maxLength: .max) == [2, 3])
  }

  @Test func encodingAppends() throws {
    var ids: [Int32] = [99]
    try tokenizer().encode(Array("zzz a".utf8), into: &ids)
    #expect(ids == [99, 1, 5])
  }

  @Test func theDescriptionChangesWithWhateverChangesIds() throws {
    let changes: [(inout WordPieceOptions) -> Void] = [
      { _ in }, { $0.lowercase = false }, { $0.stripAccents = false }, { $0.isolatesIdeographs = false },
      { $0.cleansText = false }, { $0.continuingPrefix = [] }, { $0.maximumScalars = 99 },
      { $0.names.unknown = Array("a".utf8) }, { $0.addedTokens = [] },
      { $0.template = SpecialTemplate(prefix: [1], suffix: [3]) },
    ]
    var seen = try Set(changes.map { try tokenizer($0).canonicalDescription })
    let longer = try WordPieceTokenizer(vocabulary: (Self.entries + ["z"]).map { Array($0.utf8) })
    seen.insert(longer.canonicalDescription)
    #expect(seen.count == changes.count + 1)
    #expect(try tokenizer { $0.stripAccents = true }.canonicalDescription == tokenizer().canonicalDescription)
  }
}

/// A small generator whose sequence a printed seed repeats.
private struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
