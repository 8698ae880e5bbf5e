import Testing
import Tokenizers

@Suite("Analysers equal Lucene's")
struct LuceneEqualityTests {
  @Test("term for term on hard strings")
  func equalsLuceneOnHardStrings() throws {
    let lines = try LexicalFixtures.lines("lexical-lucene.tsv")
    #expect(lines.count >= 1_000)
    var analyzers = try TextAnalyzers.all.map { try $0.init(options: .init()) }
    for line in lines {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      let text = try LexicalFixtures.unescape(fields[0])
      for index in analyzers.indices {
        let terms = analyzers[index].terms(of: text)
        let expected = try LexicalFixtures.unescape(fields[index + 1])
        #expect(Array(terms.joined(separator: [32])) == expected, "\(type(of: analyzers[index])): \(fields[0])")
      }
    }
  }

  @Test(
    "on whole collections, by the digest of all terms", arguments: ["vaswani", "cranfield", "msmarco-dl19"])
  func equalsLuceneOnCollections(collection: String) throws {
    guard let texts = try LexicalFixtures.texts(of: collection) else { return }
    for line in try LexicalFixtures.lines("lexical-digests.tsv") {
      let fields = line.split(separator: "\t")
      guard fields[0] == collection else { continue }
      var analyzer = try TextAnalyzers.named(String(fields[1]))
      let (count, digest) = Self.digest(of: texts, &analyzer)
      #expect(texts.count == Int(fields[2]))
      #expect(count == Int(fields[3]), "\(fields[1])")
      #expect(digest == UInt64(fields[4], radix: 16), "\(fields[1])")
    }
  }

  /// FNV-1a over each term and a line feed, and a zero after each text.
  private static func digest(of texts: [[UInt8]], _ analyzer: inout any TextAnalyzer) -> (Int, UInt64) {
    var count = 0
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    for text in texts {
      analyzer.analyze(text) { term in
        for index in term.indices { add(term[index]) }
        add(10)
        count += 1
      }
      add(0)
    }
    return (count, hash)
  }

  @Test("Unicode's word break samples: what is a word is a segment, what is not has neither letters nor digits")
  func wordsAreSegmentsOfUnicodesSamples() throws {
    var standard = try StandardAnalyzer()
    var words = 0
    for line in try LexicalFixtures.lines("lexical-wordbreak.txt") where !line.hasPrefix("#") {
      // WB3c joins any letter to a pictograph by U+200D; Lucene only pictographs to each other.
      if line.hasPrefix("÷ 0061 × 200D × ") { continue }
      let segments = line.split(separator: "÷").map { segment in
        String(String.UnicodeScalarView(segment.split(separator: " ").compactMap(Self.scalar)))
      }.filter { !$0.isEmpty }
      var terms = standard.terms(of: Array(segments.joined().utf8))[...]
      for segment in segments {
        if terms.first == Array(segment.lowercased().utf8) {
          words += 1
          terms.removeFirst()
        } else {
          #expect(!segment.unicodeScalars.contains(where: Self.belongsToWords), "\(line)")
        }
      }
      #expect(terms.isEmpty, "\(line)")
    }
    #expect(words > 1_000)
  }

  private static func scalar(_ field: Substring) -> Unicode.Scalar? {
    UInt32(field, radix: 16).flatMap(Unicode.Scalar.init)
  }

  private static func belongsToWords(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || scalar.properties.numericType == .decimal
  }
}
