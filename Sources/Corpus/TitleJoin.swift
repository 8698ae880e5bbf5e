/// The rule that makes one text of a title and a text. It changes every vector, so it belongs to the encoder's contract.
///
/// Written as the separator itself. The usual ones:
///
/// | separator | who joins so |
/// |---|---|
/// | `" "` | BEIR: `(title + " " + text).strip()`, and sentence-transformers on BEIR |
/// | `"\n"` | Anserini and Pyserini's `contents` |
/// | `" [SEP] "` | encoders that were trained on a pair |
/// | `" \| "` | ColBERT, for the third column of a TSV file |
///
/// An empty title gives the text alone. With the single space, and only then, white space at both ends is removed, as
/// BEIR does (Python's `str.strip`), title or no title.
package struct TitleJoin: Hashable, Sendable {
  package let separator: String

  package init(_ separator: String) {
    self.separator = separator
  }

  package static let beir = TitleJoin(" ")

  func join(_ title: [UInt8], _ text: [UInt8]) -> [UInt8] {
    let joined = title.isEmpty ? text : title + Array(separator.utf8) + text
    return self == .beir ? PythonSpace.strip(joined) : joined
  }
}

extension TitleJoin: Codable {
  package init(from decoder: any Decoder) throws {
    separator = try decoder.singleValueContainer().decode(String.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(separator)
  }
}

/// White space as Python's `str.isspace` has it: the 29 code points that `str.strip()` removes.
enum PythonSpace {
  /// UTF-8 of the ones beyond ASCII: U+0085, U+00A0, U+1680, U+2000...200A, U+2028, U+2029, U+202F, U+205F, U+3000.
  private static let wide: [[UInt8]] =
    ([0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000] + Array(0x2000...0x200A)).compactMap { value in
      Unicode.Scalar(value).map { Array(String($0).utf8) }
    }

  static func isASCIISpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte) || (0x1C...0x1F).contains(byte)
  }

  /// `bytes` (UTF-8) without the white space at both ends.
  static func strip(_ bytes: [UInt8]) -> [UInt8] {
    var rest = bytes[...]
    while let first = rest.first {
      if isASCIISpace(first) {
        rest.removeFirst()
      } else if first >= 0x80, let space = wide.first(where: { rest.starts(with: $0) }) {
        rest.removeFirst(space.count)
      } else {
        break
      }
    }
    while let last = rest.last {
      if isASCIISpace(last) {
        rest.removeLast()
      } else if last >= 0x80, let space = wide.first(where: { rest.suffix($0.count).elementsEqual($0) }) {
        rest.removeLast(space.count)
      } else {
        break
      }
    }
    return Array(rest)
  }
}
