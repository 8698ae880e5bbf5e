package import Codecs
package import Tokenizers

/// Ids of a vocabulary that are left out: stop words, symbols, special tokens.
///
/// TILDE (Zhuang and Zuccon, SIGIR 2021) builds two such sets by rule, and they differ: `tildeExpansion` for the terms
/// that may be added to a passage, `tildeIndex` for the positions that get a weight and for the words of a query. With
/// bert-base-uncased's vocabulary they have 2,128 and 2,120 ids.
package struct TokenFilter: Sendable {
  /// (vocabulary).
  private var excluded: [Bool]

  /// Excludes nothing.
  package init(vocabularySize: Int) { excluded = Array(repeating: false, count: vocabularySize) }

  /// Whether `id` is left out; an id outside the vocabulary is.
  package func excludes(_ id: Int32) -> Bool {
    id < 0 || Int(id) >= excluded.count || excluded[Int(id)]
  }

  /// The ids left out, ascending.
  package var ids: [Int32] { excluded.indices.filter { excluded[$0] }.map { Int32($0) } }

  package mutating func exclude(_ ids: some Sequence<Int32>) {
    for id in ids where excluded.indices.contains(Int(id)) { excluded[Int(id)] = true }
  }

  /// SHA-256 of the ids left out, ascending, joined by commas: how the sets are told apart in tests.
  package var digest: Fingerprint { Fingerprint.of(ids.map(String.init).joined(separator: ",").utf8) }
}

extension TokenFilter {
  /// What TILDE's expansion never adds (`clean_vacab`): the 179 stop words, question words among them, and
  /// "definition", as far as each is one id; tokens with other characters than `A-Za-z0-9_-` unless they begin with `#`
  /// and are longer; `##s`. Digits and all other `##` pieces may be added, whatever the comment in its code says.
  package static func tildeExpansion(_ tokenizer: WordPieceTokenizer) -> TokenFilter {
    tilde(tokenizer, stopWords: EnglishStopWords.nltk179 + ["definition"])
  }

  /// What TILDEv2 gives no weight and takes out of queries (`get_stop_ids`): the same without question words and
  /// "definition".
  package static func tildeIndex(_ tokenizer: WordPieceTokenizer) -> TokenFilter {
    tilde(tokenizer, stopWords: EnglishStopWords.nltk179.filter { !EnglishStopWords.questionWords.contains($0) })
  }

  private static func tilde(_ tokenizer: WordPieceTokenizer, stopWords: [String]) -> TokenFilter {
    var filter = TokenFilter(vocabularySize: tokenizer.vocabularySize)
    for word in stopWords {
      let ids = tokenizer.encode(Array(word.utf8))
      if ids.count == 1 { filter.exclude(ids) }
    }
    for id in 0..<Int32(tokenizer.vocabularySize) {
      guard let token = tokenizer.token(id) else { continue }
      let isContinuation = token.first == UInt8(ascii: "#") && token.count > 1
      if !isContinuation, !token.allSatisfy(isWordByte) { filter.exclude([id]) }
    }
    filter.exclude(tokenizer.id(of: Array("##s".utf8)).map { [$0] } ?? [])
    return filter
  }

  /// `[A-Za-z0-9_-]`
  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  /// The tokens with a role: [PAD], [UNK], [CLS], [SEP], [MASK], as far as the vocabulary has them.
  package static func specialTokens(_ tokenizer: WordPieceTokenizer) -> TokenFilter {
    var filter = TokenFilter(vocabularySize: tokenizer.vocabularySize)
    filter.exclude(
      [tokenizer.paddingID, tokenizer.unknownID, tokenizer.classifierID, tokenizer.separatorID, tokenizer.maskID]
        .compactMap { $0 })
    return filter
  }

  /// The first id of each ASCII punctuation character: ColBERT gives their positions no vector.
  package static func punctuation(_ tokenizer: WordPieceTokenizer) -> TokenFilter {
    var filter = TokenFilter(vocabularySize: tokenizer.vocabularySize)
    for character in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~".utf8 {
      filter.exclude(tokenizer.encode([character]).prefix(1))
    }
    return filter
  }

  /// This and `ids`, as far as there are any.
  package func excluding(_ ids: [Int32?]) -> TokenFilter {
    var result = self
    result.exclude(ids.compactMap { $0 })
    return result
  }

  package func union(_ other: TokenFilter) -> TokenFilter {
    var result = self
    result.exclude(other.ids)
    return result
  }
}
