internal import Codecs

/// `tokenizer_config.json`, as Hugging Face's transformers write it.
struct TokenizerConfiguration {
  let file: String
  let value: JSONValue

  /// Classes whose `vocab.txt` is BERT's; the suffix `Fast` is the same tokenizer.
  private static let classes: Set<String> = [
    "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer", "ConvBertTokenizer",
    "DPRContextEncoderTokenizer", "DPRQuestionEncoderTokenizer", "PreTrainedTokenizer",
  ]

  /// The options for a `vocab.txt` with these entries.
  ///
  /// - Throws: `WordPieceError` for another kind of tokenizer or a value of the wrong type.
  func options(_ entries: [(bytes: [UInt8], id: Int32)]) throws -> WordPieceOptions {
    if let name = value["tokenizer_class"]?.text {
      let plain = name.hasSuffix("Fast") ? String(name.dropLast(4)) : name
      guard Self.classes.contains(plain) else {
        throw WordPieceError(.unsupported, file, "tokenizer_class \(name) is not BERT's WordPiece")
      }
    }
    var options = WordPieceOptions()
    options.lowercase = try bool("do_lower_case") ?? true
    options.stripAccents = try bool("strip_accents")
    options.isolatesIdeographs = try bool("tokenize_chinese_chars") ?? true
    options.cleansText = try bool("clean_text") ?? true
    options.continuingPrefix = value["wordpieces_prefix"]?.string ?? options.continuingPrefix
    options.names = try names()
    if let tokens = try addedTokens() {
      let listed = Set(tokens.map(\.content))
      let ids = Dictionary(entries.map { ($0.bytes, $0.id) }) { first, _ in first }
      options.addedTokens =
        tokens
        + Set(options.names.all).subtracting(listed).compactMap { name in
          ids[name].map { AddedToken(content: name, id: $0) }
        }.sorted { $0.id < $1.id }
    }
    return options
  }

  /// - Throws: `WordPieceError` where this file says explicitly something else than `tokenizer.json`: Hugging Face's
  ///   two libraries then disagree about who is right.
  func check(against options: WordPieceOptions) throws {
    let said = [
      ("do_lower_case", try bool("do_lower_case"), options.lowercase),
      ("strip_accents", try bool("strip_accents"), options.stripsAccents),
      ("tokenize_chinese_chars", try bool("tokenize_chinese_chars"), options.isolatesIdeographs),
    ]
    for (key, here, there) in said {
      if let here, here != there {
        throw WordPieceError(
          .malformed, file, "\(key) is \(here), but tokenizer.json says \(there); make the two files agree")
      }
    }
  }

  func names() throws -> SpecialTokenNames {
    var names = SpecialTokenNames()
    names.unknown = try name("unk_token") ?? names.unknown
    names.classifier = try name("cls_token") ?? names.classifier
    names.separator = try name("sep_token") ?? names.separator
    names.padding = try name("pad_token") ?? names.padding
    names.mask = try name("mask_token") ?? names.mask
    return names
  }

  private func bool(_ key: String) throws -> Bool? {
    guard let entry = value[key] else { return nil }
    guard let bool = entry.bool else { throw WordPieceError(.malformed, file, "\(key) is not true or false") }
    return bool
  }

  /// A token's name: a string, or an object with the string as `content`.
  private func name(_ key: String) throws -> [UInt8]? {
    guard let entry = value[key] else { return nil }
    guard let name = entry.string ?? entry["content"]?.string, !name.isEmpty else {
      throw WordPieceError(.malformed, file, "\(key) is not the name of a token")
    }
    return name
  }

  /// `added_tokens_decoder`: `{"101": {"content": "[CLS]", ...}, ...}`.
  private func addedTokens() throws -> [AddedToken]? {
    guard let members = value["added_tokens_decoder"]?.object else { return nil }
    return try members.map { member in
      guard let id = Int32(String(decoding: member.key, as: UTF8.self)) else {
        throw WordPieceError(.malformed, file, "added_tokens_decoder has a key that is not an id")
      }
      return try AddedToken(member.value, id: id, file: file)
    }
  }
}

extension AddedToken {
  /// Reads an added token as `tokenizer.json` and `added_tokens_decoder` write it. `lstrip` and `rstrip` take in white
  /// space, which makes no ids anyway.
  ///
  /// - Throws: `WordPieceError` for tokens that this search cannot find as Hugging Face does.
  init(_ value: JSONValue, id: Int32, file: String) throws {
    guard let content = value["content"]?.string, !content.isEmpty else {
      throw WordPieceError(.malformed, file, "the added token \(id) has no content")
    }
    let name = String(decoding: content, as: UTF8.self)
    guard value["single_word"]?.bool != true else {
      throw WordPieceError(.unsupported, file, "the added token `\(name)` is single_word")
    }
    let strips = value["lstrip"]?.bool == true || value["rstrip"]?.bool == true
    let isNormalized = value["normalized"]?.bool ?? !(value["special"]?.bool ?? false)
    guard !(strips && isNormalized) else {
      throw WordPieceError(.unsupported, file, "the added token `\(name)` is normalized and strips white space")
    }
    self.init(content: content, id: id, isNormalized: isNormalized)
  }
}
