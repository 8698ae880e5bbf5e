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
/// `.json`, a compression's suffix aside. Compression is recognised as for collections.
package enum TopicsFile {
  /// The topics in file order.
  ///
  /// Unlike a collection's, any bad record is an error: a query that is missing silently lowers every measure.
  /// - Throws: `CorpusError` with path and line.
  package static func read(_ path: String) throws -> [Topic] {
    let format = try DocumentFormats.format(named: isJSON(path) ? BEIRJSONLines.name : MSMARCOTSV.name)
    guard PathPattern.exists(path) else { throw CorpusError(.noInput, "\(path): no such file") }
    let collection = try DocumentCollection(patterns: [path], format: format)
    var topics: [Topic] = []
    var ids: Set<[UInt8]> = []
    for split in try collection.splits(targetBytes: 1 << 20) {
      let batch = collection.documents(in: try collection.read(split), of: split)
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
    }
    guard !topics.isEmpty else { throw CorpusError(.badData, "\(path): no topic in the file") }
    return topics
  }

  private static func isJSON(_ path: String) -> Bool {
    var name = path.lowercased()
    if let suffix = Compression.promised(by: path).suffix { name.removeLast(suffix.count) }
    return name.hasSuffix(".jsonl") || name.hasSuffix(".json")
  }
}
