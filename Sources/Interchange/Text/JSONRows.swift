/// A document of an export whose lines are JSON with a vector in them.
struct JSONRow {
  /// As it is written: the document's id, or its number where ids are replaced.
  let id: [UInt8]
  /// Whether the text was asked for and is there.
  let hasText: Bool
  fileprivate let row: ForwardRows.Row
  fileprivate let terms: [[UInt8]]
  fileprivate let source: ExportSource

  /// The stored text, empty unless asked for and stored; what is not UTF-8 is replaced.
  func text() throws -> [UInt8] {
    guard hasText else { return [] }
    let text = try source.text(of: row.document)
    return String(validating: text, as: UTF8.self) == nil ? Array(String(decoding: text, as: UTF8.self).utf8) : text
  }

  /// `{"term":weight,...}`, terms in byte order.
  func appendVector(to bytes: inout [UInt8]) { JSONText.append(row, terms: terms, to: &bytes) }
}

/// The exports whose lines are JSON with a vector in them.
enum JSONRows {
  /// Writes what `line` makes of each document, and the ids beside it where numbers stand for them.
  static func export(
    _ source: ExportSource, to output: ExportOutput, _ limits: SparseLimits, _ options: ExportOptions,
    line: (_ row: JSONRow, _ bytes: inout [UInt8]) throws -> Void
  ) throws -> ExportReport {
    let plan = try SparsePlan(source, limits, options)
    let terms = JSONText.quoted(plan)
    let file = try output.file()
    let ids = plan.renumbers ? try output.file(".ids") : nil
    let clipped = try ForwardRows(source, plan).forEachRow { row in
      let id = try source.id(of: row.document)
      let written = plan.renumbers ? Array("\(row.document)".utf8) : id
      let document = JSONRow(
        id: written, hasText: options.text && source.storesText, row: row, terms: terms, source: source)
      try line(document, &file.bytes)
      try file.flush()
      if let ids { try IDLines.append(id, to: ids) }
    }
    return plan.report(clippedImpacts: clipped)
  }
}
