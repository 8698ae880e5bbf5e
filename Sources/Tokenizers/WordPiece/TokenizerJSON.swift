internal import Codecs

/// `tokenizer.json` of Hugging Face's `tokenizers`, if it is BERT's WordPiece.
struct TokenizerJSON {
  let file: String
  let value: JSONValue

  private func malformed(_ reason: String) -> WordPieceError { WordPieceError(.malformed, file, reason) }
  private func unsupported(_ reason: String) -> WordPieceError { WordPieceError(.unsupported, file, reason) }

  /// The pieces of `model.vocab` with their ids, in the file's order.
  func entries() throws -> [(bytes: [UInt8], id: Int32)] {
    guard let members = value["model"]?["vocab"]?.object, !members.isEmpty else {
      throw malformed("model.vocab is missing, empty, or not an object")
    }
    return try members.map { member in
      guard let id = member.value.integer, id >= 0 else {
        throw malformed("model.vocab: the id of `\(String(decoding: member.key, as: UTF8.self))` is not an id")
      }
      return (bytes: member.key, id: id)
    }
  }

  /// - Throws: `WordPieceError` for another model, normalizer, pre-tokenizer or post-processor, and where
  ///   `configuration` contradicts this file.
  func options(_ configuration: TokenizerConfiguration) throws -> WordPieceOptions {
    var options = WordPieceOptions()
    options.names = try configuration.names()
    try readModel(into: &options)
    try readNormalizer(into: &options)
    let splitter = type(of: value["pre_tokenizer"])
    guard splitter == "BertPreTokenizer" else {
      throw unsupported("pre_tokenizer is \(splitter), not BertPreTokenizer")
    }
    options.addedTokens = try addedTokens()
    options.template = try template()
    try configuration.check(against: options)
    return options
  }

  private func type(of part: JSONValue?) -> String {
    part == nil ? "null" : part?["type"]?.text ?? "of no type"
  }

  private func readModel(into options: inout WordPieceOptions) throws {
    guard let model = value["model"] else { throw malformed("model is missing") }
    // Old files leave the type out; they have the prefix that only WordPiece has.
    if let type = model["type"]?.text, type != "WordPiece" {
      throw unsupported("model is \(type), not WordPiece")
    }
    guard let unknown = model["unk_token"]?.string, let prefix = model["continuing_subword_prefix"]?.string,
      let maximum = model["max_input_chars_per_word"]?.integer, maximum >= 0
    else {
      throw malformed("model lacks unk_token, continuing_subword_prefix or max_input_chars_per_word")
    }
    options.names.unknown = unknown
    options.continuingPrefix = prefix
    options.maximumScalars = Int(maximum)
  }

  private func readNormalizer(into options: inout WordPieceOptions) throws {
    let normalizer = value["normalizer"]
    guard type(of: normalizer) == "BertNormalizer" else {
      throw unsupported("normalizer is \(type(of: normalizer)), not BertNormalizer")
    }
    guard let clean = normalizer?["clean_text"]?.bool, let isolate = normalizer?["handle_chinese_chars"]?.bool,
      let lowercase = normalizer?["lowercase"]?.bool
    else {
      throw malformed("normalizer lacks clean_text, handle_chinese_chars or lowercase")
    }
    options.cleansText = clean
    options.isolatesIdeographs = isolate
    options.lowercase = lowercase
    options.stripAccents = normalizer?["strip_accents"]?.bool
  }

  private func addedTokens() throws -> [AddedToken] {
    try (value["added_tokens"]?.array ?? []).map { token in
      guard let id = token["id"]?.integer, id >= 0 else { throw malformed("an added token has no id") }
      return try AddedToken(token, id: id, file: file)
    }
  }

  private func template() throws -> SpecialTemplate {
    guard let processor = value["post_processor"] else { return SpecialTemplate(prefix: [], suffix: []) }
    switch type(of: processor) {
    case "BertProcessing", "RobertaProcessing":
      guard let classifier = processor["cls"]?.array?.last?.integer,
        let separator = processor["sep"]?.array?.last?.integer
      else {
        throw malformed("post_processor lacks cls or sep")
      }
      return SpecialTemplate(prefix: [classifier], suffix: [separator])
    case "TemplateProcessing": return try template(processor)
    case let type: throw unsupported("post_processor is \(type)")
    }
  }

  /// `single`: special tokens around one sequence; their ids are in `special_tokens`.
  private func template(_ processor: JSONValue) throws -> SpecialTemplate {
    var template = SpecialTemplate(prefix: [], suffix: [])
    var sequences = 0
    for piece in processor["single"]?.array ?? [] {
      if piece["Sequence"] != nil {
        sequences += 1
        continue
      }
      guard let name = piece["SpecialToken"]?["id"]?.text,
        let ids = processor["special_tokens"]?[name]?["ids"]?.array?.map(\.integer), !ids.contains(nil)
      else {
        throw malformed("post_processor.single has a token without ids in special_tokens")
      }
      if sequences == 0 { template.prefix += ids.compactMap(\.self) } else { template.suffix += ids.compactMap(\.self) }
    }
    guard sequences == 1 else { throw unsupported("post_processor.single does not hold the text once") }
    return template
  }
}
