internal import Foundation
internal import Kernels
internal import Search

/// Queries that were encoded elsewhere, or before: JSON lines `{"id", "vector"}`, the vector a list of numbers or an
/// object of terms and weights. What `pipeline encode` prints.
package struct QueryVectors: Sendable {
  private let dense: [Float]?
  private let sparse: [String: Float]?

  private struct Line: Decodable {
    let id: String
    let dense: [Float]?
    let sparse: [String: Float]?

    private enum Keys: String, CodingKey { case id, vector }

    init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: Keys.self)
      id = try keys.decode(String.self, forKey: .id)
      dense = try? keys.decode([Float].self, forKey: .vector)
      sparse = dense == nil ? try keys.decode([String: Float].self, forKey: .vector) : nil
    }
  }

  /// A line that is none.
  struct Malformed: ExitCoded, CustomStringConvertible {
    let path: String
    let line: Int
    var exitCode: ExitCode { .badData }
    var description: String { "\(path):\(line): not a JSON object with `id` and `vector`" }
  }

  /// By query id; a query may have a sparse vector in one file and a dense one in another. Throws `StreamError`,
  /// `Malformed`.
  package static func read(_ paths: [String]) throws -> [[UInt8]: QueryVectors] {
    var result: [[UInt8]: QueryVectors] = [:]
    for path in paths {
      result.merge(try read(path)) { first, second in
        QueryVectors(dense: second.dense ?? first.dense, sparse: second.sparse ?? first.sparse)
      }
    }
    return result
  }

  private static func read(_ path: String) throws -> [[UInt8]: QueryVectors] {
    let bytes = try InputFile.contents(of: path)
    var result: [[UInt8]: QueryVectors] = [:]
    for (number, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated()
    where !line.isEmpty {
      guard let parsed = try? JSONDecoder().decode(Line.self, from: Data(line)) else {
        throw Malformed(path: path, line: number + 1)
      }
      result[Array(parsed.id.utf8)] = QueryVectors(dense: parsed.dense, sparse: parsed.sparse)
    }
    return result
  }

  package func query(id: [UInt8], text: [UInt8]) -> SearchQuery {
    let terms = sparse.flatMap { sparse in
      try? Query(sparse.sorted { $0.key < $1.key }.map { (term: Array($0.key.utf8), weight: $0.value) })
    }
    return SearchQuery(id: id, text: text, dense: dense, sparse: terms)
  }
}
