import Encoders
import Foundation
import Testing
import Tokenizers

/// TILDE's two sets of ids by their rules, over bert-base-uncased's vocabulary.
@Suite struct TokenFilterTests {
  /// The embedded model has bert-base-uncased's vocabulary.
  static func tokenizer() throws -> WordPieceTokenizer {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try WordPieceTokenizer(directory: root.appending(path: "data/models/tilde-tiny").path(percentEncoded: false))
  }

  @Test func expansionNeverAddsTheseIds() throws {
    let filter = TokenFilter.tildeExpansion(try Self.tokenizer())
    #expect(filter.ids.count == 2128)
    #expect(filter.digest.description == "9359fbfde4e09d66a55ad2830dcc40da80d923dad95f744d324f998741285f64")
  }

  @Test func theIndexHasNoneOfTheseIds() throws {
    let filter = TokenFilter.tildeIndex(try Self.tokenizer())
    #expect(filter.ids.count == 2120)
    #expect(filter.digest.description == "9dc444e5c6c29b4d4bb1c5c84a7a3efce943adb09d23da4dab652ececba6fd96")
  }

  @Test func theSetsDifferInQuestionWordsAndDefinition() throws {
    let tokenizer = try Self.tokenizer()
    let index = Set(TokenFilter.tildeIndex(tokenizer).ids)
    let more = TokenFilter.tildeExpansion(tokenizer).ids.filter { !index.contains($0) }
      .map { String(decoding: tokenizer.token($0) ?? [], as: UTF8.self) }
    #expect(Set(more) == ["which", "who", "when", "what", "where", "how", "why", "definition"])
  }

  @Test func digitsMayBeAddedAndPieceSMayNot() throws {
    let tokenizer = try Self.tokenizer()
    let filter = TokenFilter.tildeExpansion(tokenizer)
    func excludes(_ token: String) throws -> Bool { filter.excludes(try #require(tokenizer.id(of: Array(token.utf8)))) }
    #expect(try !excludes("7") && !excludes("1995") && !excludes("##ing") && !excludes("##₂"))
    #expect(try excludes("##s") && excludes("the") && excludes("what") && excludes("#") && excludes("[CLS]"))
  }

  @Test func punctuationIsTheFirstIdOfEachOfThirtyTwoCharacters() throws {
    let ids = TokenFilter.punctuation(try Self.tokenizer()).ids
    #expect(ids == Array(999...1013) + Array(1024...1036).filter { ids.contains($0) } + Array(1063...1066))
    #expect(ids.count == 32)
  }
}
