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
    return try JSONRows.export(source, to: output, limits, options) { row, bytes in
      bytes += "{\"id\":".utf8
      JSONText.append(row.id, to: &bytes)
      bytes += ",\"contents\":".utf8
      JSONText.append(try row.text(), to: &bytes)
      bytes += ",\"vector\":".utf8
      row.appendVector(to: &bytes)
      bytes += "}\n".utf8
    }
  }
}
