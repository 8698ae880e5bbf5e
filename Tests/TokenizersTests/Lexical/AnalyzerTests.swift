import Foundation
import Testing
import Tokenizers

@Suite("Analysers")
struct AnalyzerTests {
  @Test("english takes off possessives and endings and drops stop words")
  func englishExample() throws {
    var english = try EnglishAnalyzer()
    #expect(
      english.terms(of: "The trekking fox's APOLOGY isn't possibly in U.S.A’s state-of-the-art 3.14 wi-fi")
        == ["trek", "fox", "apolog", "isn't", "possibl", "u.s.a", "state", "art", "3.14", "wi", "fi"])
  }

  @Test("stop words and stemmer can be chosen")
  func options() throws {
    var all = try EnglishAnalyzer(options: .init(stopWords: StopWords.none, stemmer: StemmerName.none))
    #expect(all.terms(of: "The running fox's") == ["the", "running", "fox"])
    var porter2 = try EnglishAnalyzer(options: .init(stopWords: .list(["fox"]), stemmer: .porter2))
    #expect(porter2.terms(of: "The generously dying fox") == ["the", "generous", "die"])
    var standard = try StandardAnalyzer(options: .init(stemmer: .porter))
    #expect(standard.terms(of: "running the fox's") == ["run", "the", "fox'"])
  }

  @Test("options are read as jobs write them")
  func decodesOptions() throws {
    func decode(_ json: String) throws -> AnalyzerOptions {
      try JSONDecoder().decode(AnalyzerOptions.self, from: Data(json.utf8))
    }
    #expect(try decode("{}") == AnalyzerOptions())
    #expect(
      try decode(#"{"stopWords": "lucene", "stemmer": "porter2"}"#) == .init(stopWords: .lucene, stemmer: .porter2))
    #expect(try decode(#"{"stopWords": ["a", "b"]}"#) == .init(stopWords: .list(["a", "b"])))
    #expect(throws: DecodingError.self) { try decode(#"{"stopWords": "nltk"}"#) }
    #expect(throws: DecodingError.self) { try decode(#"{"stemmer": "krovetz"}"#) }
  }

  @Test("an unknown name and an option without meaning are errors that say what there is")
  func wrongChoices() throws {
    let unknown = #expect(throws: AnalyzerError.self) { try TextAnalyzers.named("englisch") }
    #expect(unknown?.description.contains("english, standard, whitespace") == true)
    #expect(throws: AnalyzerError.unusedOption("stemmer", analyzer: "whitespace")) {
      try TextAnalyzers.named("whitespace", options: .init(stemmer: .porter))
    }
  }

  @Test("bytes that are not UTF-8 end words and are never in one; nothing crashes on them")
  func survivesInvalidUTF8() throws {
    var english = try EnglishAnalyzer()
    #expect(
      english.terms(of: [0x61, 0x62, 0xff, 0x63, 0xe2, 0x80]).map { String(decoding: $0, as: UTF8.self) } == [
        "ab", "c",
      ])
    var random = SeededGenerator(for: "survivesInvalidUTF8")
    for _ in 0..<2_000 {
      let bytes = (0..<Int.random(in: 0...60, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(english.terms(of: bytes) == english.terms(of: Array(text.utf8)), "\(bytes)")
    }
  }

  @Test("what an analyser saw before does not change what it says, though its memory of terms is full")
  func outputDoesNotDependOnHistory() throws {
    var random = SeededGenerator(for: "outputDoesNotDependOnHistory")
    var used = try EnglishAnalyzer()
    for _ in 0..<300 {
      let letters = (0..<4_000).map { _ in "aeioubcdlngs  ".utf8.randomElement(using: &random) ?? 0 }
      _ = used.terms(of: letters)
      let text = random.text(upTo: 80)
      var fresh = try EnglishAnalyzer()
      #expect(used.terms(of: text) == fresh.terms(of: text), "\(text)")
    }
  }

  @Test("a text gives the terms of its lines, whatever the pieces it comes in")
  func outputDoesNotDependOnChunking() throws {
    var random = SeededGenerator(for: "outputDoesNotDependOnChunking")
    for type in TextAnalyzers.all {
      var analyzer = try type.init(options: .init())
      for _ in 0..<500 {
        let pieces = (0..<5).map { _ in random.text(upTo: 40).filter { $0 != 10 } }
        let whole = Array(pieces.joined(separator: [10]))
        #expect(analyzer.terms(of: whole) == pieces.flatMap { analyzer.terms(of: $0) }, "\(type.name): \(pieces)")
      }
    }
  }

  @Test("ASCII words come out the same by the path for all of Unicode")
  func asciiPathEqualsGeneralPath() throws {
    // U+00AD (Format) between the letters keeps a word one word (WB4) and sends it down the general path.
    var random = SeededGenerator(for: "asciiPathEqualsGeneralPath")
    var standard = try StandardAnalyzer()
    for _ in 0..<5_000 {
      let count = Int.random(in: 0...60, using: &random)
      let text = (0..<count).map { _ in "abcXYZ019_.,:;'\" #*-\n".utf8.randomElement(using: &random) ?? 0 }
      let marked = text.flatMap { byte in byte == 10 || byte == 32 ? [byte] : [byte, 0xc2, 0xad] }
      let general = standard.terms(of: marked).map { term in term.filter { $0 != 0xc2 && $0 != 0xad } }
      #expect(standard.terms(of: text) == general, "\(String(decoding: text, as: UTF8.self))")
    }
  }

  @Test("terms are never empty")
  func termsAreNotEmpty() throws {
    var random = SeededGenerator(for: "termsAreNotEmpty")
    for type in TextAnalyzers.all {
      var analyzer = try type.init(options: .init())
      for _ in 0..<1_000 {
        let text = random.text(upTo: 60)
        #expect(!analyzer.terms(of: text).contains([]), "\(type.name): \(text)")
      }
    }
  }
}
