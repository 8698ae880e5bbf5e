internal import Kernels

/// What a TSV line's third column is.
package enum ThirdColumn: String, Codable, Sendable, CaseIterable {
  /// The record is quarantined: a stray tab or a title, and nobody guesses which. The default.
  case reject
  /// The document's title (ColBERT's reading, which then joins it as `title | text`); a fourth column is rejected.
  case title
  /// No column at all: the text goes on to the line's end, tabs included.
  case keep
}

/// What happens to a record that is not UTF-8.
package enum InvalidUTF8: String, Codable, Sendable, CaseIterable {
  /// The record is quarantined. The default, except for SGML.
  case reject
  /// Each maximal broken sequence becomes U+FFFD (Python's `errors="replace"`); a broken id is still quarantined.
  case replace
  /// The whole record is Latin-1; 0x80...0x9F, which are no characters there, become U+FFFD. SGML's default.
  case latin1 = "latin-1"
}

/// A repair of text that is valid and wrong.
package enum Repair: String, Codable, Sendable, CaseIterable {
  case none
  /// See `DoubleEncoding`.
  case doubleEncoding = "double-encoding"
}

/// Bounds that keep a hostile file from taking the machine.
package struct ReadLimits: Hashable, Sendable, Codable {
  /// Bytes of the longest record that is read; a longer one is quarantined without being held in memory.
  package var record: Int
  /// Uncompressed bytes for each compressed one, once 64 MiB have come out.
  package var expansion: Int

  package init(record: Int = 64 << 20, expansion: Int = 500) {
    self.record = record
    self.expansion = expansion
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    record = try container.decodeIfPresent(Int.self, forKey: .record) ?? 64 << 20
    expansion = try container.decodeIfPresent(Int.self, forKey: .expansion) ?? 500
  }

  var stream: ExpansionLimit { ExpansionLimit(ratio: expansion) }
}

/// How records are read. Every field changes the documents (or which of them there are), so all belong to fingerprints.
package struct ReadOptions: Hashable, Sendable {
  package var thirdColumn: ThirdColumn
  /// `nil`: the format's own default.
  package var invalidUTF8: InvalidUTF8?
  package var repair: Repair
  /// For whoever makes one text of a document; readers keep title and text apart.
  package var titleJoin: TitleJoin
  /// SGML elements that hold text, upper case. Default: Anserini's ten.
  package var contentTags: [String]
  /// Those of them that hold the title.
  package var titleTags: [String]
  package var limits: ReadLimits

  package init(
    thirdColumn: ThirdColumn = .reject, invalidUTF8: InvalidUTF8? = nil, repair: Repair = .none,
    titleJoin: TitleJoin = .beir, contentTags: [String] = ReadOptions.contentTags,
    titleTags: [String] = ReadOptions.titleTags, limits: ReadLimits = ReadLimits()
  ) {
    self.thirdColumn = thirdColumn
    self.invalidUTF8 = invalidUTF8
    self.repair = repair
    self.titleJoin = titleJoin
    self.contentTags = contentTags
    self.titleTags = titleTags
    self.limits = limits
  }

  /// Anserini's `TrecCollection`, and ir_datasets' default.
  package static let contentTags = ["TEXT", "HEADLINE", "TITLE", "HL", "HEAD", "TTL", "DD", "DATE", "LP", "LEADPARA"]
  package static let titleTags = ["HEADLINE", "TITLE", "HL", "HEAD", "TTL"]
}

extension ReadOptions: Codable {
  /// The keys of a job file.
  package enum CodingKeys: String, CodingKey, CaseIterable {
    case thirdColumn = "third-column"
    case invalidUTF8 = "invalid-utf8"
    case repair
    case titleJoin = "title-join"
    case contentTags = "content-tags"
    case titleTags = "title-tags"
    case limits
  }

  /// Every key may be absent.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init()
    thirdColumn = try container.decodeIfPresent(ThirdColumn.self, forKey: .thirdColumn) ?? thirdColumn
    invalidUTF8 = try container.decodeIfPresent(InvalidUTF8.self, forKey: .invalidUTF8)
    repair = try container.decodeIfPresent(Repair.self, forKey: .repair) ?? repair
    titleJoin = try container.decodeIfPresent(TitleJoin.self, forKey: .titleJoin) ?? titleJoin
    contentTags = try container.decodeIfPresent([String].self, forKey: .contentTags) ?? contentTags
    titleTags = try container.decodeIfPresent([String].self, forKey: .titleTags) ?? titleTags
    limits = try container.decodeIfPresent(ReadLimits.self, forKey: .limits) ?? limits
  }
}
