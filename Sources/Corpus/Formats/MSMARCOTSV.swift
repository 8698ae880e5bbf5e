internal import Kernels

/// MS MARCO's `collection.tsv`: a line is `id TAB text`, no header, UTF-8.
///
/// Lines end at a line feed and nowhere else; one carriage return before it is removed. Quotes are literal: this is not
/// CSV. Ids are any bytes before the first tab; they need not be numbers or in order. An empty text is a document.
/// A line without a tab, or with more of them than `third-column` allows, is quarantined.
package struct MSMARCOTSV: DocumentFormat {
  package static let name = "msmarco-tsv"
  package static let summary = "id TAB text, a line each (MS MARCO's collection.tsv)"
  private static let tab = UInt8(ascii: "\t")

  package let options: ReadOptions

  package init(options: ReadOptions) {
    self.options = options
  }

  package func makeBorders() -> LineBorders { LineBorders() }

  package func document(
    in bytes: [UInt8], _ range: Range<Int>, notices: inout Notices
  ) throws(Rejection) -> Document? {
    let line = Line.content(bytes, range, notices: &notices)
    guard !line.isEmpty else {
      notices.add(.emptyLine)
      return nil
    }
    guard let tab = ByteScan.first(Self.tab, in: bytes, line) else {
      throw Rejection(.missingColumn, "the line has no tab; `id TAB text` is expected")
    }
    let id = Array(bytes[line.lowerBound..<tab])
    let rest = tab + 1..<line.upperBound
    guard options.thirdColumn != .keep, let second = ByteScan.first(Self.tab, in: bytes, rest) else {
      return Document(id: id, text: Array(bytes[rest]))
    }
    let title = second + 1..<rest.upperBound
    guard options.thirdColumn == .title, ByteScan.first(Self.tab, in: bytes, title) == nil else {
      let columns = 2 + ByteScan.count(Self.tab, in: bytes, rest)
      throw Rejection(.extraColumn, "\(columns) columns; \(remedy)", id: id)
    }
    return Document(id: id, title: Array(bytes[title]), text: Array(bytes[rest.lowerBound..<second]))
  }

  private var remedy: String {
    options.thirdColumn == .title
      ? "`third-column: title` allows three (`keep` takes all of them as text)"
      : "if the third is a title, set `third-column: title`; if tabs are part of the text, `keep`"
  }
}
