extension Run {
  /// Reads a run file; the number of columns of its first line says which of two formats it is.
  ///
  /// - TREC, six columns: `qid Q0 docno rank score tag`. The rank is ignored, as trec_eval does.
  /// - MS MARCO, three columns: `qid docno rank`, rank an integer from 0. The score becomes `-rank`.
  ///
  /// Columns are separated by any white space, so ids cannot contain any. Lines of a query need not be together.
  ///
  /// - Throws: `RetrievalFileError` with the line: wrong number of columns, score or rank not a number, a document or
  ///   an MS MARCO rank twice in a query.
  package static func read(path: String) throws(RetrievalFileError) -> Run {
    try parse(ColumnText.read(path: path))
  }

  /// Reads a run from memory; `path` is what errors name.
  package static func parse(_ bytes: [UInt8], path: String) throws(RetrievalFileError) -> Run {
    try parse(ColumnText(bytes: bytes, path: path))
  }

  private static func parse(_ source: ColumnText) throws(RetrievalFileError) -> Run {
    var text = source
    var rows = RunRows()
    var columns: [Range<Int>] = []
    var layout: RunLayout?
    while text.nextRow(&columns) {
      let expected = if let layout { layout } else { try RunLayout(columns: columns.count, in: text) }
      layout = expected
      rows.append(query: columns[0], hit: try expected.hit(columns, in: text), in: text)
    }
    return Run(hits: try rows.checked(layout: layout, text: text))
  }
}

/// The columns of a run file.
private enum RunLayout {
  case trec
  case msmarco

  init(columns: Int, in text: ColumnText) throws(RetrievalFileError) {
    switch columns {
    case 6: self = .trec
    case 3: self = .msmarco
    default:
      throw text.malformed(
        "\(columns) columns", "a run has 6 (qid Q0 docno rank score tag) or 3 (qid docno rank), and ids have no spaces")
    }
  }

  /// The document and score of one line.
  func hit(_ columns: [Range<Int>], in text: ColumnText) throws(RetrievalFileError) -> RankedDocument {
    let expected = self == .trec ? 6 : 3
    guard columns.count == expected else {
      throw text.malformed(
        "\(columns.count) columns, while the lines before have \(expected)",
        "complete the line; ids and tags cannot contain spaces")
    }
    switch self {
    case .trec: return RankedDocument(document: Array(text.bytes[columns[2]]), score: try score(columns[4], in: text))
    case .msmarco:
      return RankedDocument(document: Array(text.bytes[columns[1]]), score: try negatedRank(columns[2], in: text))
    }
  }

  /// Infinities are numbers to trec_eval and to us; NaN has no place in an order.
  private func score(_ column: Range<Int>, in text: ColumnText) throws(RetrievalFileError) -> Double {
    guard let score = Double(text.string(column)), !score.isNaN else {
      throw text.malformed("score \(quoted(text.bytes[column])) is not a number", "column 5 is the score")
    }
    return score
  }

  /// Ranks above 2^24 would not be exact as 32-bit scores.
  private func negatedRank(_ column: Range<Int>, in text: ColumnText) throws(RetrievalFileError) -> Double {
    guard let rank = Int(text.string(column)), (0...(1 << 24)).contains(rank) else {
      throw text.malformed(
        "rank \(quoted(text.bytes[column])) is not an integer from 0 to 16777216", "column 3 is the rank")
    }
    return -Double(rank)
  }
}

/// Hits gathered by query, with the line of each for messages.
private struct RunRows {
  private var index: [[UInt8]: Int] = [:]
  private var queries: [[UInt8]] = []
  private var hits: [[RankedDocument]] = []
  private var lines: [[Int]] = []
  private var current = 0

  mutating func append(query: Range<Int>, hit: RankedDocument, in text: ColumnText) {
    // Nearly always the query of the line before.
    if queries.isEmpty || !queries[current].elementsEqual(text.bytes[query]) { select(Array(text.bytes[query])) }
    hits[current].append(hit)
    lines[current].append(text.line)
  }

  private mutating func select(_ query: [UInt8]) {
    if let known = index[query] {
      current = known
      return
    }
    current = queries.count
    index[query] = current
    queries.append(query)
    hits.append([])
    lines.append([])
  }

  /// The hits by query, or the first document (or MS MARCO rank) that is twice in one query.
  func checked(layout: RunLayout?, text: ColumnText) throws(RetrievalFileError) -> [[UInt8]: [RankedDocument]] {
    var result: [[UInt8]: [RankedDocument]] = [:]
    for number in queries.indices {
      try checkDocuments(number, text)
      if layout == .msmarco { try checkRanks(number, text) }
      result[queries[number]] = hits[number]
    }
    return result
  }

  private func checkDocuments(_ number: Int, _ text: ColumnText) throws(RetrievalFileError) {
    var seen: [[UInt8]: Int] = [:]
    seen.reserveCapacity(hits[number].count)
    for (hit, line) in zip(hits[number], lines[number]) {
      guard let earlier = seen.updateValue(line, forKey: hit.document) else { continue }
      throw text.malformed(
        "document \(quoted(hit.document)) twice for query \(quoted(queries[number]))",
        "it is already in line \(earlier); keep one of the two", line: line)
    }
  }

  private func checkRanks(_ number: Int, _ text: ColumnText) throws(RetrievalFileError) {
    var seen: [Double: Int] = [:]
    for (hit, line) in zip(hits[number], lines[number]) {
      guard let earlier = seen.updateValue(line, forKey: hit.score) else { continue }
      throw text.malformed(
        "rank \(Int(-hit.score)) twice for query \(quoted(queries[number]))",
        "it is already in line \(earlier); each document needs its own rank", line: line)
    }
  }
}
