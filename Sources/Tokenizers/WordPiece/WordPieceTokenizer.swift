/// BERT's WordPiece tokenizer: the same ids as Hugging Face's `tokenizers` 0.23 (`BertWordPieceTokenizer`,
/// `BertTokenizerFast`) for any text.
///
/// Text is cut at added tokens such as `[MASK]`, normalized (`BertNormalizer`), cut into words (`WordBoundaries`), and
/// each word into the longest entries of the vocabulary from its left (Schuster and Nakajima 2012); a word that cannot
/// be cut, or is too long, is the unknown token. A value is immutable and may be used from many threads.
package struct WordPieceTokenizer: Sendable {
  package let options: WordPieceOptions
  let vocabulary: Vocabulary
  private let normalizer: BertNormalizer
  private let boundaries = WordBoundaries.shared
  /// Added tokens as they stand in the text, and those that are searched in the normalized text.
  private let givenTokens: AddedTokenSearch
  private let normalizedTokens: AddedTokenSearch
  /// Where a word's first piece is looked up, and where all others are; `nil` when no entry has the prefix.
  private let first: PieceTrie.Node
  private let continuing: PieceTrie.Node?

  /// The tokens that are found as a whole.
  package let addedTokens: [AddedToken]
  /// The ids around a text: `[CLS]` and `[SEP]`, unless the model says otherwise.
  package let template: SpecialTemplate
  package let unknownID: Int32

  /// A tokenizer whose ids are the places in `vocabulary`.
  ///
  /// - Throws: `WordPieceError` when entries repeat or are not UTF-8, or the special tokens are not among them.
  package init(vocabulary: [[UInt8]], options: WordPieceOptions = WordPieceOptions()) throws {
    let entries = vocabulary.enumerated().map { (bytes: $1, id: Int32($0)) }
    try self.init(entries: entries, options: options, file: "vocabulary") { "entry \($0)" }
  }

  /// A tokenizer with the ids `pieces` gives, which need not be all of a range. Throws as `init(vocabulary:options:)`.
  package init(pieces: [(bytes: [UInt8], id: Int32)], options: WordPieceOptions, file: String) throws {
    try self.init(entries: pieces, options: options, file: file) { "the piece with id \($0)" }
  }

  /// - Parameter place: says where the entry of an id stands in `file`, for errors.
  init(
    entries: [(bytes: [UInt8], id: Int32)], options: WordPieceOptions, file: String, place: (Int32) -> String
  ) throws {
    let vocabulary = try Vocabulary(entries, added: options.addedTokens ?? [], file: file, place: place)
    let added = options.addedTokens ?? vocabulary.tokens(named: options.names.all)
    let normalizer = BertNormalizer(options)
    self.options = options
    self.vocabulary = vocabulary
    self.normalizer = normalizer
    addedTokens = added
    unknownID = try vocabulary.pieceID(of: options.names.unknown, file: file)
    let template = try options.template ?? vocabulary.template(options.names, file: file)
    if let id = (template.prefix + template.suffix).first(where: { $0 < 0 || Int($0) >= vocabulary.count }) {
      throw WordPieceError(.malformed, file, "the id \(id) around every text is not in the vocabulary")
    }
    self.template = template
    givenTokens = AddedTokenSearch(added.filter { !$0.isNormalized }.map { ($0.content, $0.id) })
    normalizedTokens = AddedTokenSearch(
      added.filter(\.isNormalized).map { (normalizer.normalized($0.content), $0.id) }.filter { !$0.0.isEmpty })
    first = vocabulary.trie.root
    continuing = vocabulary.trie.node(of: options.continuingPrefix)
  }

  /// How many ids there are: 0 ..< `vocabularySize`.
  package var vocabularySize: Int { vocabulary.count }

  /// The bytes of an id as the vocabulary has them, with the continuing prefix.
  package func token(_ id: Int32) -> [UInt8]? { vocabulary.token(id) }

  package func id(of token: [UInt8]) -> Int32? { vocabulary.id(of: token) }

  package var classifierID: Int32? { id(of: options.names.classifier) }
  package var separatorID: Int32? { id(of: options.names.separator) }
  package var paddingID: Int32? { id(of: options.names.padding) }
  package var maskID: Int32? { id(of: options.names.mask) }
}

extension WordPieceTokenizer {
  /// The ids of `text`, UTF-8 whose ill-formed sequences count as U+FFFD, without special tokens around them.
  package func encode(_ text: [UInt8]) -> [Int32] {
    var ids: [Int32] = []
    encode(text, into: &ids)
    return ids
  }

  /// Appends the ids of `text` to `ids`; see `encode(_:)`.
  package func encode(_ text: [UInt8], into ids: inout [Int32]) {
    forEachPart(of: text) { id in
      ids.append(id)
    } word: { bytes, word in
      appendPieces(of: word, in: bytes, to: &ids)
    }
  }

  /// The words of `text`, normalized, before they are cut into pieces; added tokens are left out.
  package func words(of text: [UInt8]) -> [[UInt8]] {
    var words: [[UInt8]] = []
    forEachPart(of: text) { _ in
    } word: { bytes, word in
      words.append(Array(bytes[word.range]))
    }
    return words
  }

  /// `ids` between the special tokens, its end cut off so that the whole has at most `maxLength` ids, as Hugging
  /// Face's truncation `longest_first` does.
  ///
  /// - Precondition: `maxLength >= template.count`.
  package func withSpecials(_ ids: some Collection<Int32>, maxLength: Int) -> [Int32] {
    precondition(maxLength >= template.count, "there is no room for the special tokens")
    return template.prefix + ids.prefix(maxLength - template.count) + template.suffix
  }

  /// Calls `token` for every added token and `word` for every other word, in order.
  @inline(__always)
  private func forEachPart(
    of text: [UInt8], token: (Int32) -> Void, word: (borrowing [UInt8], WordBoundaries.Word) -> Void
  ) {
    var normalized = NormalizedText(capacity: text.count + 32)
    var position = 0
    while position < text.count {
      let found = givenTokens.next(in: text, from: position, before: text.count)
      normalizer.normalize(text, position..<(found?.range.lowerBound ?? text.count), into: &normalized)
      forEachPart(of: normalized, token: token, word: word)
      guard let found else { return }
      token(found.id)
      position = found.range.upperBound
    }
  }

  @inline(__always)
  private func forEachPart(
    of text: NormalizedText, token: (Int32) -> Void, word: (borrowing [UInt8], WordBoundaries.Word) -> Void
  ) {
    var position = 0
    while position < text.count {
      let found = normalizedTokens.next(in: text.bytes, from: position, before: text.count)
      let end = found?.range.lowerBound ?? text.count
      while let next = boundaries.next(in: text.bytes, from: position, before: end) {
        word(text.bytes, next)
        position = next.range.upperBound
      }
      guard let found else { return }
      token(found.id)
      position = found.range.upperBound
    }
  }

  /// Appends the pieces of a word, or the unknown token if any part of it is in no entry.
  @inline(__always)
  private func appendPieces(of word: WordBoundaries.Word, in bytes: [UInt8], to ids: inout [Int32]) {
    guard word.scalars <= options.maximumScalars else { return ids.append(unknownID) }
    let end = word.range.upperBound
    let before = ids.count
    var piece = vocabulary.trie.longestMatch(in: bytes, from: word.range.lowerBound, before: end, after: first)
    while piece.id >= 0 {
      ids.append(piece.id)
      if piece.end == end { return }
      guard let continuing else { break }
      piece = vocabulary.trie.longestMatch(in: bytes, from: piece.end, before: end, after: continuing)
    }
    ids.removeLast(ids.count &- before)
    ids.append(unknownID)
  }
}

extension WordPieceTokenizer {
  /// Everything that decides the ids, for fingerprints: equal descriptions mean equal ids for any text.
  package var canonicalDescription: [UInt8] {
    var result = Array("wordpiece 1\n".utf8)
    func field(_ bytes: some Collection<UInt8>) {
      result += Array("\(bytes.count):".utf8) + bytes + [UInt8(ascii: "\n")]
    }
    field(BertScalarTables.digest.utf8)
    field(
      """
      lowercase \(options.lowercase) strip \(options.stripsAccents) isolate \(options.isolatesIdeographs) \
      clean \(options.cleansText) maximum \(options.maximumScalars) unknown \(unknownID) \
      template \(template.prefix) \(template.suffix)
      """.utf8)
    field(options.continuingPrefix)
    for token in addedTokens.sorted(by: { $0.id < $1.id }) {
      field("\(token.id) \(token.isNormalized)".utf8)
      field(token.content)
    }
    for id in 0..<Int32(vocabularySize) { field(vocabulary.token(id) ?? []) }
    return result
  }
}
