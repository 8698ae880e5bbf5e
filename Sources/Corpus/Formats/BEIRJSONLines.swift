/// BEIR's `corpus.jsonl`: a line is a JSON object with `_id`, `title`, `text`; other members are ignored.
///
/// The keys of other toolkits are read too, by this rule. The id is the first that is there of `_id`, `id`, `docid`; the
/// text the first of `text`, `contents`; the title is `title`. Order in the line plays no part. An id is a string, or an
/// integer, which is taken digit for digit. A title may be absent or null. A key that comes twice counts with its last
/// value (as in Python) and is noticed. Lone surrogate escapes are invalid UTF-8 and treated as the options say.
package struct BEIRJSONLines: DocumentFormat {
  package static let name = "beir-jsonl"
  package static let summary = "a JSON object a line: _id, title, text (BEIR's corpus.jsonl; id, docid, contents too)"

  package let options: ReadOptions

  package init(options: ReadOptions) {
    self.options = options
  }

  package func makeBorders() -> LineBorders { LineBorders() }

  /// The members that matter, in order of preference inside each group.
  private enum Key: Int, CaseIterable {
    case underscoreId, id, docid, title, text, contents

    static let ids: [Key] = [.underscoreId, .id, .docid]
    static let texts: [Key] = [.text, .contents]

    var word: String {
      switch self {
      case .underscoreId: "_id"
      case .id: "id"
      case .docid: "docid"
      case .title: "title"
      case .text: "text"
      case .contents: "contents"
      }
    }

    static let words: [[UInt8]] = allCases.map { Array($0.word.utf8) }
  }

  package func document(
    in bytes: [UInt8], _ range: Range<Int>, notices: inout Notices
  ) throws(Rejection) -> Document? {
    let line = Line.content(bytes, range, notices: &notices)
    var scanner = JSONScanner(bytes, line)
    if scanner.peek() == 0 && scanner.index == line.upperBound {
      notices.add(.emptyLine)
      return nil
    }
    let members = try members(&scanner, line, &notices)
    let id = try id(members, bytes, &notices)
    return Document(
      id: id, title: try title(members, bytes, id, &notices), text: try text(members, bytes, id, &notices))
  }

  private typealias Members = [JSONScanner.Value?]

  private func members(
    _ scanner: inout JSONScanner, _ line: Range<Int>, _ notices: inout Notices
  ) throws(Rejection) -> Members {
    var members = Members(repeating: nil, count: Key.words.count)
    let bytes = scanner.bytes
    var duplicates = 0
    do throws(JSONScanner.Fault) {
      try scanner.topLevelObject { (key, value) throws(JSONScanner.Fault) in
        guard let index = Self.index(of: key, in: bytes) else { return }
        if members[index] != nil { duplicates += 1 }
        members[index] = value
      }
    } catch {
      throw Rejection(.malformedJSON, "byte \(error.index - line.lowerBound + 1) of the line: \(error.detail)")
    }
    notices.add(.duplicateKey, duplicates)
    return members
  }

  private static func index(of key: JSONScanner.StringToken, in bytes: [UInt8]) -> Int? {
    if key.hasEscapes {
      let (word, lone) = JSONEscape.decoded(key, in: bytes)
      return lone == 0 ? Key.words.firstIndex(of: word) : nil
    }
    return Key.words.firstIndex { $0.count == key.range.count && bytes[key.range].elementsEqual($0) }
  }

  private func id(_ members: Members, _ bytes: [UInt8], _ notices: inout Notices) throws(Rejection) -> [UInt8] {
    guard let key = Key.ids.first(where: { members[$0.rawValue] != nil }), let value = members[key.rawValue] else {
      throw Rejection(.missingId, "none of the keys `_id`, `id`, `docid`")
    }
    switch value {
    case .string(let token): return try decoded(token, key, bytes, nil, &notices)
    case .number(let range) where bytes[range].allSatisfy({ $0 == 0x2D || (0x30...0x39).contains($0) }):
      return Array(bytes[range])
    case .null: throw Rejection(.missingId, "`\(key.word)` is null")
    default: throw Rejection(.wrongType, "`\(key.word)` is neither a string nor an integer")
    }
  }

  private func title(
    _ members: Members, _ bytes: [UInt8], _ id: [UInt8], _ notices: inout Notices
  ) throws(Rejection) -> [UInt8] {
    switch members[Key.title.rawValue] {
    case nil, .null: return []
    case .string(let token): return try decoded(token, .title, bytes, id, &notices)
    default: throw Rejection(.wrongType, "`title` is not a string", id: id)
    }
  }

  private func text(
    _ members: Members, _ bytes: [UInt8], _ id: [UInt8], _ notices: inout Notices
  ) throws(Rejection) -> [UInt8] {
    guard let key = Key.texts.first(where: { members[$0.rawValue] != nil }), let value = members[key.rawValue] else {
      throw Rejection(.missingText, "none of the keys `text`, `contents`", id: id)
    }
    switch value {
    case .string(let token): return try decoded(token, key, bytes, id, &notices)
    case .null: throw Rejection(.missingText, "`\(key.word)` is null", id: id)
    default: throw Rejection(.wrongType, "`\(key.word)` is not a string", id: id)
    }
  }

  /// - Parameter id: of the record; `nil` while the id itself is decoded, which no option may change.
  private func decoded(
    _ token: JSONScanner.StringToken, _ key: Key, _ bytes: [UInt8], _ id: [UInt8]?, _ notices: inout Notices
  ) throws(Rejection) -> [UInt8] {
    let (decoded, lone) = JSONEscape.decoded(token, in: bytes)
    guard lone > 0 else { return decoded }
    guard id != nil, (options.invalidUTF8 ?? Self.invalidUTF8) != .reject else {
      throw Rejection(.invalidUTF8, "`\(key.word)` has half a surrogate pair, which no UTF-8 can hold", id: id)
    }
    notices.add(.replacement, lone)
    return decoded
  }
}
