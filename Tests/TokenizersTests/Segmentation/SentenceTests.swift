import Testing
import Tokenizers

@Suite("Sentences")
struct SentenceTests {
  @Test("break where Unicode's samples say")
  func equalsUnicodesSamples() throws {
    let samples = try LexicalFixtures.lines("segmentation-sentencebreak.txt").filter { !$0.hasPrefix("#") }
    #expect(samples.count > 400)
    for sample in samples {
      let sentences = sample.split(separator: "÷").map { sentence in
        let scalars = sentence.split(separator: " ").compactMap { UInt32($0, radix: 16).flatMap(Unicode.Scalar.init) }
        return String(String.UnicodeScalarView(scalars)).utf8.count
      }.filter { $0 > 0 }
      let text = sample.split(separator: " ").compactMap { UInt32($0, radix: 16).flatMap(Unicode.Scalar.init) }
      let bytes = Array(String(String.UnicodeScalarView(text)).utf8)
      #expect(Self.sentenceLengths(of: bytes) == sentences, "\(sample)")
    }
  }

  @Test("break where ICU breaks")
  func equalsICU() throws {
    for line in try LexicalFixtures.lines("segmentation-icu.tsv") {
      let fields = line.split(separator: "\t")
      let bytes = try LexicalFixtures.unescape(fields[0])
      var offset = 0
      let breaks = Self.sentenceLengths(of: bytes).map { length in
        offset += length
        return String(decoding: bytes[..<offset], as: UTF8.self).utf16.count
      }
      #expect(breaks == fields[1].split(separator: " ").compactMap { Int($0) }, "\(fields[0])")
    }
  }

  @Test("take linear time on texts made of ends, closing brackets and spaces")
  func isLinear() {
    let text = Array(repeatElement(Array(". ) ) 1 ".utf8), count: 50_000).joined())
    #expect(Self.sentenceLengths(of: text).reduce(0, +) == text.count)
  }

  private static func sentenceLengths(of text: [UInt8]) -> [Int] {
    var lengths: [Int] = []
    var start = 0
    while start < text.count {
      let end = SentenceScanner.shared.end(in: text.span, from: start)
      lengths.append(end - start)
      start = end
    }
    return lengths
  }
}
