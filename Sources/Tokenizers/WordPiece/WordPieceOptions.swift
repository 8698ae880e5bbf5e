/// How a BERT tokenizer treats text, as `tokenizer_config.json` and `tokenizer.json` say it. The defaults are those of
/// Hugging Face's `BertWordPieceTokenizer`: bert-base-uncased.
package struct WordPieceOptions: Hashable, Sendable, Codable {
  /// `do_lower_case`, `lowercase`.
  package var lowercase = true
  /// `strip_accents`; `nil` follows `lowercase`.
  package var stripAccents: Bool?
  /// `tokenize_chinese_chars`, `handle_chinese_chars`: ideographs are words of their own.
  package var isolatesIdeographs = true
  /// `clean_text`: control characters vanish, white space becomes a space.
  package var cleansText = true
  /// What a word is prefixed with to look up all its pieces but the first.
  package var continuingPrefix = Array("##".utf8)
  /// Words of more scalars than this, counted after normalization, are unknown.
  package var maximumScalars = 100
  /// What the tokens with a role are called. The vocabulary must have `unknown`.
  package var names = SpecialTokenNames()
  /// The tokens found as a whole; `nil`: those of `names` that the vocabulary has.
  package var addedTokens: [AddedToken]?
  /// The ids around every text; `nil`: `names.classifier` and `names.separator`, which the vocabulary must have then.
  package var template: SpecialTemplate?

  package init() {}

  package var stripsAccents: Bool { stripAccents ?? lowercase }
}

/// What the tokens with a role are called.
package struct SpecialTokenNames: Hashable, Sendable, Codable {
  package var unknown = Array("[UNK]".utf8)
  package var classifier = Array("[CLS]".utf8)
  package var separator = Array("[SEP]".utf8)
  package var padding = Array("[PAD]".utf8)
  package var mask = Array("[MASK]".utf8)

  package init() {}

  var all: [[UInt8]] { [unknown, separator, classifier, padding, mask] }
}

/// The ids that go before and after those of a text.
package struct SpecialTemplate: Hashable, Sendable, Codable {
  package var prefix: [Int32]
  package var suffix: [Int32]

  package init(prefix: [Int32], suffix: [Int32]) {
    self.prefix = prefix
    self.suffix = suffix
  }

  package var count: Int { prefix.count + suffix.count }
}
