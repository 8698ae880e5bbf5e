/// How a run is written, and the text of one query's hits.
///
/// Hits are ordered our way: score descending, equal scores by document id bytes **ascending**. trec_eval ignores the
/// rank column and sorts again: score descending as a 32-bit float, equal scores by document id **descending**. So that
/// its order is ours, `trec` prints scores that strictly decrease as 32-bit floats: a score that is not below the one
/// printed before it is replaced by the next 32-bit float below that one. With scores 7, 7, 7, 3:
/// ```
/// q1 Q0 a 1 7.0 bigrain
/// q1 Q0 b 2 6.9999995 bigrain
/// q1 Q0 c 3 6.999999 bigrain
/// q1 Q0 d 4 3.0 bigrain
/// ```
/// Scores that are far enough apart are printed as they are, with the fewest digits that read back as the same 32-bit
/// float; the n-th of a group of ties is off by n - 1 units in the last place. Only the order is exact in a run file.
package enum RunFormat: Sendable, Equatable {
  /// `qid Q0 docno rank score tag`, rank from 1.
  case trec(tag: String)
  /// `qid docno rank` with tabs, rank from 1. Has no scores: ties cannot be told from it.
  case msmarco

  /// The lines of one query.
  ///
  /// - Parameters:
  ///   - hits: in any order.
  ///   - path: what errors name.
  /// - Throws: `RetrievalFileError` for an id or tag that is empty or has white space, a query id that begins with `#`
  ///   (a comment to readers), a score that is not finite, a document twice.
  package func lines(query: [UInt8], hits: [RankedDocument], path: String) throws(RetrievalFileError) -> [UInt8] {
    try check(query: query, path: path)
    var lines: [UInt8] = []
    var printed = Float.infinity
    for (index, hit) in hits.sorted(by: RankedDocument.precedes).enumerated() {
      try check(hit, query: query, path: path)
      switch self {
      case .msmarco: append(&lines, [query, hit.document, Array(String(index + 1).utf8)], separator: "\t")
      case .trec(let tag):
        printed = min(Float(hit.score), printed.nextDown)
        let columns = [
          query, Array("Q0".utf8), hit.document, Array(String(index + 1).utf8), shortest(printed), Array(tag.utf8),
        ]
        append(&lines, columns, separator: " ")
      }
    }
    try checkDistinct(hits, query: query, path: path)
    return lines
  }

  private func append(_ lines: inout [UInt8], _ columns: [[UInt8]], separator: Unicode.Scalar) {
    for (index, column) in columns.enumerated() {
      if index > 0 { lines.append(UInt8(ascii: separator)) }
      lines.append(contentsOf: column)
    }
    lines.append(UInt8(ascii: "\n"))
  }

  /// The fewest decimal digits that C's `(float) atof(digits)` reads as `value`.
  ///
  /// The shortest digits of a 32-bit float read directly as one; by way of a 64-bit double they may, very rarely (none
  /// in 20 million random floats), round to a neighbour. Then the digits of the double, which is exact, are printed.
  private func shortest(_ value: Float) -> [UInt8] {
    let digits = value.description
    return Array((Double(digits).map { Float($0) } == value ? digits : Double(value).description).utf8)
  }
}

extension RunFormat {
  private func check(query: [UInt8], path: String) throws(RetrievalFileError) {
    if let problem = problem(with: query) ?? (query.first == UInt8(ascii: "#") ? "begins with #" : nil) {
      throw refused("query id \(quoted(query)) \(problem)", path)
    }
    if case .trec(let tag) = self, let problem = problem(with: Array(tag.utf8)) {
      throw refused("tag \(quoted(tag.utf8)) \(problem)", path)
    }
  }

  private func check(_ hit: RankedDocument, query: [UInt8], path: String) throws(RetrievalFileError) {
    if let problem = problem(with: hit.document) {
      throw refused("document id \(quoted(hit.document)) of query \(quoted(query)) \(problem)", path)
    }
    // The largest 32-bit floats are left out so that ties below them stay finite.
    guard abs(hit.score) < Double(Float.greatestFiniteMagnitude / 2) else {
      throw refused(
        "score \(hit.score) of document \(quoted(hit.document)), query \(quoted(query)), is no 32-bit float", path)
    }
  }

  private func checkDistinct(_ hits: [RankedDocument], query: [UInt8], path: String) throws(RetrievalFileError) {
    var seen: Set<[UInt8]> = []
    seen.reserveCapacity(hits.count)
    for hit in hits where !seen.insert(hit.document).inserted {
      throw refused("document \(quoted(hit.document)) twice for query \(quoted(query))", path)
    }
  }

  private func problem(with column: [UInt8]) -> String? {
    if column.isEmpty { return "is empty" }
    return column.contains(where: isSpace) ? "has white space" : nil
  }

  private func refused(_ problem: String, _ path: String) -> RetrievalFileError {
    RetrievalFileError(.malformed, path: path, problem: problem, advice: "a run file cannot hold it")
  }
}
