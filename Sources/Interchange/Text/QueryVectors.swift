package import Kernels
package import Search

/// Queries as vectors in a file: `{"id": ..., "vector": {term: weight}}` a line, terms in byte order.
package enum QueryVectorFile {
  /// Adds `PATH.queries.jsonl` to an export. Throws `ExportRefusal` for an id or a term that is not UTF-8.
  package static func write(_ queries: [(id: [UInt8], query: Query)], to output: ExportOutput) throws {
    let file = try output.file(".queries.jsonl")
    for (id, query) in queries {
      for name in [id] + query.terms.map(\.bytes) {
        guard let problem = NameRules.utf8(name) else { continue }
        throw ExportRefusal(format: "queries", detail: "`\(SparsePlan.shown(name))` \(problem)")
      }
      file.bytes += "{\"id\":".utf8
      JSONText.append(id, to: &file.bytes)
      file.bytes += ",\"vector\":{".utf8
      for (index, term) in query.terms.enumerated() {
        if index > 0 { file.bytes.append(UInt8(ascii: ",")) }
        JSONText.append(term.bytes, to: &file.bytes)
        file.bytes.append(UInt8(ascii: ":"))
        JSONText.append(term.weight, to: &file.bytes)
      }
      file.bytes += "}}\n".utf8
      try file.flush()
    }
  }
}

/// Queries for an index whose vectors were encoded elsewhere: the text of the query is its vector.
package enum QueryVectorText {
  /// A text that is not what is needed.
  package struct Malformed: ExitCoded, CustomStringConvertible {
    package let detail: String
    package var exitCode: ExitCode { .badData }
    package var description: String {
      "the index was made of vectors that were encoded elsewhere, and so must its queries be: \(detail)"
    }
  }

  /// `{"term": weight, ...}`, or terms apart by spaces, each as often as it weighs.
  package static func sparse(_ text: [UInt8]) throws -> Query {
    guard text.first(where: { $0 != 0x20 }) == UInt8(ascii: "{") else {
      return try Query(terms: text.split(separator: 0x20).map { Array($0) })
    }
    guard case .sparse(let entries) = try vector(text) else { throw Malformed(detail: "an object is needed") }
    return try Query(entries)
  }

  /// `[number, ...]`
  package static func dense(_ text: [UInt8]) throws -> [Float] {
    guard case .dense(let values) = try vector(text) else {
      throw Malformed(detail: "an array of numbers is needed for the dense side")
    }
    return values
  }

  private static func vector(_ text: [UInt8]) throws -> JSONVectorParser.Vector {
    do { return try JSONVectorParser.vector(text) } catch { throw Malformed(detail: error.detail) }
  }
}
