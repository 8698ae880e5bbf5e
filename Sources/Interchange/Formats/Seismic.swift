/// Seismic's and pyseismic-lsr's collection: `{"id": ..., "content": ..., "vector": {term: weight}}` a line, weights
/// above 0 with or without fractions. https://github.com/TusKANNy/seismic
///
/// Its own conversion script numbers documents: ids must be whole numbers from 0 on.
package enum SeismicExport: ExportFormat {
  package static let name = "seismic"
  package static let summary = "Seismic's JSON lines; ids must be whole numbers"

  package static func export(
    _ source: ExportSource, to output: ExportOutput, options: ExportOptions
  ) throws -> ExportReport {
    var limits = SparseLimits(format: name)
    limits.positive = true
    limits.termProblem = NameRules.nonEmptyUTF8
    limits.idProblem = NameRules.integer
    let plan = try SparsePlan(source, limits, options)
    let terms = JSONText.quoted(plan)
    let file = try output.file()
    let ids = plan.renumbers ? try output.file(".ids") : nil
    let clipped = try ForwardRows(source, plan).forEachRow { row in
      let id = try source.id(of: row.document)
      file.bytes += "{\"id\":".utf8
      file.bytes += ids == nil ? id : Array("\(row.document)".utf8)
      file.bytes += ",\"content\":".utf8
      JSONText.append(try TextField.value(source, row.document, options), to: &file.bytes)
      file.bytes += ",\"vector\":".utf8
      JSONText.append(row, terms: terms, to: &file.bytes)
      file.bytes += "}\n".utf8
      try file.flush()
      if let ids { try IDLines.append(id, to: ids) }
    }
    var report = plan.report(clippedImpacts: clipped)
    if plan.terms.count > 65_535 {
      report.notes.append("\(plan.terms.count) terms: use Seismic's index for large vocabularies (SeismicIndexLV)")
    }
    return report
  }
}
