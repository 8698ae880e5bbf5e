/// Something a reader saw, dealt with and counted, because the user may not know that it is in the data.
package enum Notice: String, Codable, Sendable, CaseIterable {
  /// U+FEFF at a record's start, removed.
  case byteOrderMark = "byte-order-mark"
  /// One carriage return before a line's end, removed.
  case carriageReturn = "carriage-return"
  /// A line of nothing (JSON lines: of white space), skipped.
  case emptyLine = "empty-line"
  /// The file ends without a line end; its last record is read.
  case missingLastNewline = "missing-last-newline"
  /// The document is kept, with an empty text.
  case emptyText = "empty-text"
  /// An id with white space: kept, but TREC run files cannot hold it.
  case spaceInId = "space-in-id"
  /// A NUL byte: kept.
  case nulByte = "nul-byte"
  /// A U+FFFD that took the place of bytes which are not UTF-8 (`invalid-utf8: replace`).
  case replacement = "replacement"
  /// A record that was read as Latin-1 (`invalid-utf8: latin-1`).
  case latin1 = "latin-1"
  /// A character that was encoded twice, repaired (`repair: double-encoding`).
  case repairedCharacter = "repaired-character"
  /// A key that an object has twice; the last one counts.
  case duplicateKey = "duplicate-key"
  /// An SGML entity of unknown name, kept as it stands.
  case unknownEntity = "unknown-entity"
  /// An SGML document with none of the content tags.
  case noContentTag = "no-content-tag"
}

/// How often each notice was met.
package struct Notices: Sendable, Hashable {
  package private(set) var counts: [Notice: Int] = [:]

  package init() {}

  package subscript(notice: Notice) -> Int { counts[notice] ?? 0 }

  package var isEmpty: Bool { counts.isEmpty }

  mutating func add(_ notice: Notice, _ count: Int = 1) {
    if count > 0 { counts[notice, default: 0] += count }
  }

  package mutating func merge(_ other: Notices) {
    counts.merge(other.counts, uniquingKeysWith: +)
  }
}

extension Notices: Codable {
  package init(from decoder: any Decoder) throws {
    let named = try [String: Int](from: decoder)
    for (name, count) in named {
      guard let notice = Notice(rawValue: name) else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "unknown notice `\(name)`"))
      }
      counts[notice] = count
    }
  }

  package func encode(to encoder: any Encoder) throws {
    try Dictionary(uniqueKeysWithValues: counts.map { ($0.key.rawValue, $0.value) }).encode(to: encoder)
  }
}
