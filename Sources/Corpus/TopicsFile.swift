internal import Kernels

/// A query, or any other small text with a name.
package struct Topic: Hashable, Sendable {
  /// As the file gives it.
  package var id: [UInt8]
  /// UTF-8.
  package var text: [UInt8]

  package init(id: [UInt8], text: [UInt8]) {
    self.id = id
    self.text = text
  }
}

/// Files of topics: `id TAB text` a line, or BEIR's `queries.jsonl` (`_id`, `text`) if the name ends in `.jsonl` or
/// `.json`, a compression's suffix aside. Compression is recognised as for collections. A pipe is a file, too.
package enum TopicsFile {
  /// The topics in file order.
  ///
  /// Unlike a collection's, any bad record is an error: a query that is missing silently lowers every measure.
  /// - Throws: `CorpusError` with path and line.
  package static func read(_ path: String) throws -> [Topic] {
    var topics: [Topic] = []
    try read(path) { topics += $0 }
    return topics
  }

  /// The same, some at a time: of a long file or pipe only the ids stay in memory. What comes before a bad record is
  /// handed out before the error.
  package static func read(_ path: String, body: ([Topic]) throws -> Void) throws {
    let format = try DocumentFormats.format(named: isJSON(path) ? BEIRJSONLines.name : MSMARCOTSV.name)
    var pieces = try LinePieces(path, limits: format.options.limits)
    var ids: Set<[UInt8]> = []
    while let (bytes, split) = try pieces.next() {
      let batch = format.documents(in: bytes, of: split)
      var topics: [Topic] = []
      if let bad = batch.rejected.first {
        throw CorpusError(.badData, "\(path): line \(bad.line): \(bad.reason.rawValue): \(bad.detail)")
      }
      for document in batch.documents {
        guard ids.insert(document.id).inserted else {
          throw CorpusError(
            .badData,
            "\(path): the id \(String(decoding: document.id, as: UTF8.self)) comes twice,"
              + " the second time after line \(split.firstLine)")
        }
        topics.append(Topic(id: document.id, text: document.text))
      }
      try body(topics)
    }
    guard !ids.isEmpty else { throw CorpusError(.badData, "\(path): no topic in the file") }
  }

  private static func isJSON(_ path: String) -> Bool {
    var name = path.lowercased()
    if let suffix = Compression.promised(by: path).suffix { name.removeLast(suffix.count) }
    return name.hasSuffix(".jsonl") || name.hasSuffix(".json")
  }
}
