/// The entries of a model and their ids, both ways.
struct Vocabulary: Sendable {
  /// All entries, id after id.
  private let bytes: [UInt8]
  /// (count + 1) where the entry of an id starts in `bytes`.
  private let starts: [Int32]
  /// The model's own entries, without added tokens: pieces of words.
  let trie: PieceTrie
  /// Added tokens that the model's own entries lack.
  private let added: [[UInt8]: Int32]

  var count: Int { starts.count - 1 }

  /// - Parameters:
  ///   - entries: pieces with their ids. Those that are empty, which no text matches, may repeat.
  ///   - added: tokens that may be among the pieces.
  ///   - place: says where the piece of an id stands in the file, for errors.
  /// - Throws: `WordPieceError` when two pieces are equal, two tokens share an id or one token has two, an id is
  ///   missing, or UTF-8 is ill-formed.
  init(
    _ entries: [(bytes: [UInt8], id: Int32)], added tokens: [AddedToken], file: String, place: (Int32) -> String
  ) throws {
    for entry in entries where !UTF8Scalar.isWellFormed(entry.bytes) {
      throw WordPieceError(.malformed, file, "\(place(entry.id)) is not UTF-8")
    }
    let sorted = entries.filter { !$0.bytes.isEmpty }.sorted { Self.precedes($0.bytes, $1.bytes) }
    for (left, right) in zip(sorted, sorted.dropFirst()) where left.bytes == right.bytes {
      let ids = [left.id, right.id].sorted()
      let token = String(decoding: left.bytes, as: UTF8.self)
      let reason = "\(place(ids[1])) repeats \(place(ids[0])), `\(token)`; remove one of them"
      throw WordPieceError(.malformed, file, reason)
    }
    guard entries.reduce(0, { $0 + $1.bytes.count }) < 1 << 27 else {
      throw WordPieceError(.unsupported, file, "the vocabulary is larger than 128 MiB")
    }
    if let entry = entries.first(where: { $0.id < 0 || Int($0.id) >= entries.count + tokens.count }) {
      throw WordPieceError(.malformed, file, "\(place(entry.id)) is beyond the number of tokens")
    }
    let trie = PieceTrie(sorted)
    self.trie = trie
    for token in tokens {
      guard let id = trie.id(of: token.content), id != token.id else { continue }
      let name = String(decoding: token.content, as: UTF8.self)
      throw WordPieceError(.malformed, file, "the added token `\(name)` has the id \(token.id), its entry \(id)")
    }
    let extra = tokens.filter { trie.id(of: $0.content) == nil }
    added = Dictionary(extra.map { ($0.content, $0.id) }) { first, _ in first }
    (bytes, starts) = try Self.ordered(entries + extra.map { ($0.content, $0.id) }, file: file)
  }

  /// The tokens in order of their ids, which must be 0, 1, 2, ...
  private static func ordered(
    _ tokens: [(bytes: [UInt8], id: Int32)], file: String
  ) throws -> (bytes: [UInt8], starts: [Int32]) {
    var bytes: [UInt8] = []
    var starts: [Int32] = [0]
    for (expected, token) in tokens.sorted(by: { $0.id < $1.id }).enumerated() {
      guard token.id == expected else {
        let isTwice = Int(token.id) == expected - 1
        let reason = isTwice ? "two tokens have the id \(token.id)" : "no token has the id \(expected)"
        throw WordPieceError(.malformed, file, reason)
      }
      bytes.append(contentsOf: token.bytes)
      starts.append(Int32(bytes.count))
    }
    return (bytes, starts)
  }

  private static func precedes(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    let shared = min(left.count, right.count)
    for index in 0..<shared where left[index] != right[index] { return left[index] < right[index] }
    return left.count < right.count
  }

  func token(_ id: Int32) -> [UInt8]? {
    guard id >= 0, Int(id) < count else { return nil }
    return Array(bytes[Int(starts[Int(id)])..<Int(starts[Int(id) + 1])])
  }

  func id(of token: [UInt8]) -> Int32? {
    added[token] ?? trie.id(of: token)
  }

  /// Those of `names` that are entries, as added tokens.
  func tokens(named names: [[UInt8]]) -> [AddedToken] {
    names.compactMap { name in id(of: name).map { AddedToken(content: name, id: $0) } }
  }

  /// The classifier before, the separator after.
  func template(_ names: SpecialTokenNames, file: String) throws -> SpecialTemplate {
    SpecialTemplate(
      prefix: [try pieceID(of: names.classifier, file: file)], suffix: [try pieceID(of: names.separator, file: file)])
  }

  /// The id of an entry of the model's own.
  func pieceID(of token: [UInt8], file: String) throws -> Int32 {
    if let id = trie.id(of: token) { return id }
    let name = String(decoding: token, as: UTF8.self)
    throw WordPieceError(.malformed, file, "the special token `\(name)` is not in the vocabulary")
  }
}
