/// Anserini's and Pyserini's `JsonVectorCollection`: `{"id": ..., "contents": ..., "vector": {term: weight}}` a line.
///
/// Anserini takes weights as whole numbers (`asInt`, which cuts fractions off), repeats the term so often and splits
/// the result at white space; Lucene cuts terms above 255 characters. So whole weights only, and terms that survive.
/// Terms of a line are in byte order.
package enum JSONVectorExport: ExportFormat {
  package static let name = "jsonl"
  package static let summary =
    "Anserini's JsonVectorCollection, a JSON object a line; a PATH that ends in .gz is packed"

  package static func export(
    _ source: ExportSource, to output: ExportOutput, options: ExportOptions
  ) throws -> ExportReport {
    var limits = SparseLimits(format: name)
    limits.wholeNumbers = true
    limits.termProblem = NameRules.luceneWord
    limits.idProblem = NameRules.word
    let plan = try SparsePlan(source, limits, options)
    let terms = JSONText.quoted(plan)
    let file = try output.file()
    let ids = plan.renumbers ? try output.file(".ids") : nil
    let clipped = try ForwardRows(source, plan).forEachRow { row in
      let id = try source.id(of: row.document)
      file.bytes += "{\"id\":".utf8
      JSONText.append(ids == nil ? id : Array("\(row.document)".utf8), to: &file.bytes)
      file.bytes += ",\"contents\":".utf8
      JSONText.append(try TextField.value(source, row.document, options), to: &file.bytes)
      file.bytes += ",\"vector\":".utf8
      JSONText.append(row, terms: terms, to: &file.bytes)
      file.bytes += "}\n".utf8
      try file.flush()
      if let ids { try IDLines.append(id, to: ids) }
    }
    return plan.report(clippedImpacts: clipped)
  }
}

/// The stored text where an export has a field for it.
enum TextField {
  /// Empty unless asked for and stored; what is not UTF-8 is replaced.
  static func value(_ source: ExportSource, _ document: Int, _ options: ExportOptions) throws -> [UInt8] {
    guard options.text else { return [] }
    let text = try source.text(of: document)
    return String(validating: text, as: UTF8.self) == nil ? Array(String(decoding: text, as: UTF8.self).utf8) : text
  }
}
