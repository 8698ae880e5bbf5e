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
    let plan = try SparsePlan(source, limits, options)
    let terms = JSONText.quoted(plan)
    let file = try output.file()
    let clipped = try ForwardRows(source, plan).forEachRow { row in
      let id = plan.renumbers ? Array("\(row.document)".utf8) : try source.id(of: row.document)
      file.bytes += "{\"put\":".utf8
      JSONText.append(Array("id:bigrain:doc::".utf8) + id, to: &file.bytes)
      file.bytes += ",\"fields\":{\"id\":".utf8
      JSONText.append(id, to: &file.bytes)
      if options.text, source.storesText {
        file.bytes += ",\"text\":".utf8
        JSONText.append(try TextField.value(source, row.document, options), to: &file.bytes)
      }
      file.bytes += ",\"vector\":".utf8
      JSONText.append(row, terms: terms, to: &file.bytes)
      file.bytes += "}}\n".utf8
      try file.flush()
    }
    return plan.report(clippedImpacts: clipped)
  }
}
