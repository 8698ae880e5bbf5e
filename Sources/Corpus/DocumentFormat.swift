/// A file format of documents: where its records end, and how one of them is read.
///
/// A new format is one file with a conforming type and one line in `DocumentFormats.all`.
package protocol DocumentFormat: Sendable {
  associatedtype Borders: RecordBorders

  /// The word in job files.
  static var name: String { get }
  /// One line for help texts.
  static var summary: String { get }
  /// What happens to invalid UTF-8 if the options do not say.
  static var invalidUTF8: InvalidUTF8 { get }

  var options: ReadOptions { get }
  init(options: ReadOptions)

  func makeBorders() -> Borders

  /// Whether a pattern's match (its path behind the pattern's fixed part) holds no documents by custom.
  func leavesOut(_ relativePath: String) -> Bool

  /// Reads one record: `bytes[range]`, valid UTF-8, without a byte order mark, with its line end.
  ///
  /// - Returns: `nil` if there is nothing in it, such as an empty line.
  /// - Throws: `Rejection`.
  func document(in bytes: [UInt8], _ range: Range<Int>, notices: inout Notices) throws(Rejection) -> Document?

  // The two loops below have one implementation each, in extensions; they are requirements so that a call on
  // `any DocumentFormat` reaches a copy compiled for the concrete format: one dynamic call a split, not a record.

  /// See `DocumentCollection.documents(in:of:)`.
  func documents(in bytes: [UInt8], of split: Split) -> DocumentBatch

  /// See `DocumentCollection.splits(targetBytes:progress:)`.
  func splits(
    of file: CollectionFile, _ index: Int, targetBytes: Int, progress: (Int) throws -> Void
  ) throws -> [Split]
}

extension DocumentFormat {
  package static var invalidUTF8: InvalidUTF8 { .reject }

  package func leavesOut(_ relativePath: String) -> Bool { false }
}

/// The registry.
package enum DocumentFormats {
  package static let all: [any DocumentFormat.Type] = [MSMARCOTSV.self, BEIRJSONLines.self, TRECSGML.self]

  /// The format of that name.
  ///
  /// - Throws: `CorpusError` `.badRequest` that lists the names there are.
  package static func format(named name: String, options: ReadOptions = ReadOptions()) throws(CorpusError)
    -> any DocumentFormat
  {
    guard let format = all.first(where: { $0.name == name }) else {
      let names = all.map { $0.name }.joined(separator: ", ")
      throw CorpusError(.badRequest, "no document format is called `\(name)`; there are \(names)")
    }
    return format.init(options: options)
  }
}
