/// Words that an analyser drops, compared as lower-case UTF-8 before stemming.
package enum StopWords: Equatable, Sendable {
  case none
  /// Lucene's ENGLISH_STOP_WORDS_SET, 33 words.
  case lucene
  case list([String])

  /// The words' bytes.
  var words: Set<[UInt8]> {
    switch self {
    case .none: []
    case .lucene: Set(Self.luceneEnglish.split(separator: " ").map { Array($0.utf8) })
    case .list(let words): Set(words.map { Array($0.utf8) })
    }
  }

  private static let luceneEnglish = """
    a an and are as at be but by for if in into is it no not of on or such that the their then there these they this \
    to was will with
    """
}

/// `none`, `lucene` or a list of words.
extension StopWords: Decodable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let words = try? container.decode([String].self) {
      self = .list(words)
      return
    }
    switch try container.decode(String.self) {
    case "none": self = .none
    case "lucene": self = .lucene
    case let other:
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "unknown stop words \"\(other)\": write none, lucene or a list of words")
    }
  }
}
