import Foundation
import Testing
import Tokenizers

/// Equality with Hugging Face `tokenizers` 0.23, from golden files.
struct WordPieceGoldenTests {
  private struct HardString: Decodable {
    var text: String
    var uncased: [Int32]
    var cased: [Int32]?
    var accents: [Int32]?
    var stripped: [Int32]?
    var uncleaned: [Int32]?

    func ids(_ option: String) -> [Int32] {
      let own = ["cased": cased, "accents": accents, "stripped": stripped, "uncleaned": uncleaned]
      return (own[option] ?? nil) ?? uncased
    }
  }

  @Test(arguments: ["uncased", "cased", "accents", "stripped", "uncleaned"])
  func idsOfHardStringsEqualHuggingFaces(option: String) throws {
    let options = try #require(WordPieceGolden.options[option])
    let tokenizer = try WordPieceTokenizer(vocabulary: WordPieceGolden.vocabulary(), options: options)
    let strings = try WordPieceGolden.lines("wordpiece-strings.jsonl", as: HardString.self)
    #expect(strings.count > 1000)
    let step = option == "uncased" || option == "cased" ? 1 : 3
    for index in stride(from: 0, to: strings.count, by: step) {
      let ids = tokenizer.encode(Array(strings[index].text.utf8))
      #expect(ids == strings[index].ids(option), "line \(index + 1): \(strings[index].text.debugDescription)")
    }
  }

  private struct ScalarDigests: Decodable {
    var options: String
    var digests: [String]
  }

  @Test(arguments: ["uncased", "cased", "accents", "stripped", "uncleaned"])
  func everyScalarMakesTheWordsItMakesInHuggingFaces(option: String) throws {
    let options = try #require(WordPieceGolden.options[option])
    let tokenizer = try WordPieceTokenizer(vocabulary: WordPieceGolden.vocabulary(), options: options)
    let golden = try WordPieceGolden.lines("wordpiece-scalars.jsonl", as: ScalarDigests.self)
    let digests = try #require(golden.first { $0.options == option }).digests
    #expect(digests.count == 0x110)
    for (block, expected) in digests.enumerated() {
      var digest = FNV1a()
      for code in UInt32(block * 4096)..<UInt32((block + 1) * 4096) {
        guard let scalar = Unicode.Scalar(code) else { continue }
        let words = tokenizer.words(of: Array("x\(scalar)y".utf8))
        digest.add(words.joined(separator: [0x1F]))
        digest.add([0x1E])
      }
      #expect(digest.hexadecimal == expected, "scalars from U+\(String(block * 4096, radix: 16, uppercase: true))")
    }
  }

  private struct CollectionDigest: Decodable {
    var collection: String
    var ids: Int
    var digest: String
  }

  @Test(.enabled(if: WordPieceGolden.shared != nil, "needs the collections"))
  func idsOfRealCollectionsEqualHuggingFaces() throws {
    let shared = try #require(WordPieceGolden.shared)
    let tokenizer = try WordPieceTokenizer(directory: shared.appending(path: "models/tilde-tiny").path)
    for golden in try WordPieceGolden.lines("wordpiece-collections.jsonl", as: CollectionDigest.self) {
      let file = shared.appending(path: "data/\(golden.collection)/collection.tsv")
      var (digest, count) = (FNV1a(), 0)
      for record in [UInt8](try Data(contentsOf: file)).split(separator: UInt8(ascii: "\n")) {
        let text = record.drop { $0 != UInt8(ascii: "\t") }.dropFirst()
        let ids = tokenizer.withSpecials(tokenizer.encode(Array(text)), maxLength: .max)
        count += ids.count
        for id in ids { digest.add("\(id) ".utf8) }
      }
      #expect(count == golden.ids, "\(golden.collection)")
      #expect(digest.hexadecimal == golden.digest, "\(golden.collection)")
    }
  }
}
