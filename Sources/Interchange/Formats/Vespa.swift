/// Vespa's document feed: a put operation a line, the vector as a tensor with one mapped dimension.
/// https://docs.vespa.ai/en/reference/document-json-format.html
///
/// `{"put":"id:bigrain:doc::ID","fields":{"id":ID,"text":TEXT,"vector":{TERM:WEIGHT}}}`; the schema's field is
/// `field vector type tensor<float>(term{})`. The id in the document's name stands after `::` as it is.
package enum VespaExport: ExportFormat {
  package static let name = "vespa"
  package static let summary = "Vespa's JSON lines feed; the vector is a tensor<float>(term{})"

  package static func export(
    _ source: ExportSource, to output: ExportOutput, options: ExportOptions
  ) throws -> ExportReport {
    var limits = SparseLimits(format: name)
    limits.termProblem = NameRules.nonEmptyUTF8
    limits.idProblem = NameRules.nonEmptyUTF8
    return try JSONRows.export(source, to: output, limits, options) { row, bytes in
      bytes += "{\"put\":".utf8
      JSONText.append(Array("id:bigrain:doc::".utf8) + row.id, to: &bytes)
      bytes += ",\"fields\":{\"id\":".utf8
      JSONText.append(row.id, to: &bytes)
      if row.hasText {
        bytes += ",\"text\":".utf8
        JSONText.append(try row.text(), to: &bytes)
      }
      bytes += ",\"vector\":".utf8
      row.appendVector(to: &bytes)
      bytes += "}}\n".utf8
    }
  }
}
