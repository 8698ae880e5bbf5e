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
    var report = try JSONRows.export(source, to: output, limits, options) { row, bytes in
      bytes += "{\"id\":".utf8
      bytes += row.id
      bytes += ",\"content\":".utf8
      JSONText.append(try row.text(), to: &bytes)
      bytes += ",\"vector\":".utf8
      row.appendVector(to: &bytes)
      bytes += "}\n".utf8
    }
    if report.terms > 65_535 {
      report.notes.append("\(report.terms) terms: use Seismic's index for large vocabularies (SeismicIndexLV)")
    }
    return report
  }
}
