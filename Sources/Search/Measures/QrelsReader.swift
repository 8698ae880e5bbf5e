extension Qrels {
  /// Reads a judgement file; its first line says which of three formats it is.
  ///
  /// - TREC, four columns: `qid iter docno rel`, any white space between them; `iter` is ignored.
  /// - Three columns: `qid docno rel`, any white space.
  /// - BEIR: the header `query-id<TAB>corpus-id<TAB>score`, then three columns with tabs, in which ids may have spaces
  ///   and stand in double quotes (CSV's QUOTE_MINIMAL).
  ///
  /// A judgement that is there twice with the same grade is accepted.
  ///
  /// - Throws: `RetrievalFileError` with the line: wrong number of columns, a grade that is no integer, two grades for
  ///   one document, no judgement at all.
  package static func read(path: String) throws(RetrievalFileError) -> Qrels {
    try parse(ColumnText.read(path: path))
  }

  /// Reads judgements from memory; `path` is what errors name.
  package static func parse(_ bytes: [UInt8], path: String) throws(RetrievalFileError) -> Qrels {
    try parse(ColumnText(bytes: bytes, path: path))
  }

  private static func parse(_ source: ColumnText) throws(RetrievalFileError) -> Qrels {
    var text = source
    var columns: [Range<Int>] = []
    var rows = QrelsRows()
    guard text.nextRow(&columns) else {
      throw RetrievalFileError(.malformed, path: text.path, problem: "no judgements", advice: "check the path")
    }
    if columns.map(text.string) == ["query-id", "corpus-id", "score"] {
      try rows.readBEIR(&text)
    } else {
      try rows.readColumns(&text, first: columns)
    }
    if rows.grades.isEmpty { throw text.malformed("no judgements after the header", "check the path") }
    return Qrels(rows.grades)
  }
}

/// Judgements as they are read.
private struct QrelsRows {
  var grades: [[UInt8]: [[UInt8]: Int]] = [:]

  /// Lines of three or four columns, as many in each as in `first`, which is the current line.
  mutating func readColumns(_ text: inout ColumnText, first: [Range<Int>]) throws(RetrievalFileError) {
    let count = first.count
    guard count == 3 || count == 4 else {
      throw text.malformed(
        "\(count) columns", "judgements have 4 (qid iter docno rel) or 3 (qid docno rel), and ids have no spaces")
    }
    var columns = first
    repeat {
      guard columns.count == count else {
        throw text.malformed("\(columns.count) columns, while the lines before have \(count)", "complete the line")
      }
      let document = Array(text.bytes[columns[count - 2]])
      try add(query: Array(text.bytes[columns[0]]), document: document, grade: text.bytes[columns[count - 1]], text)
    } while text.nextRow(&columns)
  }

  /// The lines after BEIR's header.
  mutating func readBEIR(_ text: inout ColumnText) throws(RetrievalFileError) {
    while let line = text.nextLine() {
      let content = text.bytes[line]
      if content.allSatisfy(isSpace) { continue }
      let columns = content.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
      guard columns.count == 3, !columns[0].isEmpty, !columns[1].isEmpty else {
        throw text.malformed(
          "\(columns.count) columns between tabs", "the header promises 3 (query-id, corpus-id, score), none empty")
      }
      let grade = columns[2].last == UInt8(ascii: "\r") ? columns[2].dropLast() : columns[2]
      try add(query: unquoted(columns[0]), document: unquoted(columns[1]), grade: grade, text)
    }
  }

  private mutating func add(query: [UInt8], document: [UInt8], grade: ArraySlice<UInt8>, _ text: ColumnText)
    throws(RetrievalFileError)
  {
    guard let value = Int(String(decoding: grade, as: UTF8.self)) else {
      throw text.malformed("grade \(quoted(grade)) is not an integer", "the last column is the grade, such as 0 or 1")
    }
    // In place: copying a query's dictionary out for each line would be quadratic.
    let earlier = grades[query, default: [:]].updateValue(value, forKey: document)
    if let earlier, earlier != value {
      throw text.malformed(
        "document \(quoted(document)) has grade \(value) for query \(quoted(query)), and \(earlier) in an earlier line",
        "keep one of the two")
    }
  }

  /// A CSV field without its quotes, doubled quotes made single.
  private func unquoted(_ field: ArraySlice<UInt8>) -> [UInt8] {
    let quote = UInt8(ascii: "\"")
    guard field.count >= 2, field.first == quote, field.last == quote else { return Array(field) }
    var result: [UInt8] = []
    var isEscaped = false
    for byte in field.dropFirst().dropLast() {
      isEscaped = byte == quote && !isEscaped
      if !isEscaped { result.append(byte) }
    }
    return result
  }
}
