internal import Kernels

/// The sparse matrices of big-ann-benchmarks (`.csr`, its `write_sparse_matrix`), with names of rows and columns.
///
/// ```
/// PATH        i64: rows, columns, entries; i64 (rows + 1): where each row begins; i32 (entries): columns, ascending in a
///             row; f32 (entries): values
/// PATH.ids    the id of each row, one a line
/// PATH.terms  the term of each column, one a line, in byte order
/// ```
/// All little-endian.
package enum CSRExport: ExportFormat {
  package static let name = "csr"
  package static let summary = "big-ann-benchmarks' sparse matrix, with PATH.ids and PATH.terms"

  package static func export(
    _ source: ExportSource, to output: ExportOutput, options: ExportOptions
  ) throws -> ExportReport {
    var limits = SparseLimits(format: name)
    limits.maxTerms = Int(Int32.max)
    limits.termProblem = NameRules.line
    limits.idProblem = NameRules.line
    let plan = try SparsePlan(source, limits, options)
    let rows = try ForwardRows(source, plan)
    let file = try output.file()
    let ids = try output.file(".ids")
    let terms = try output.file(".terms")
    file.bytes.appendLittleEndian(
      contentsOf: [Int64(source.documentCount), Int64(plan.terms.count), Int64(plan.postings)])
    var start = 0
    file.bytes.appendLittleEndian(Int64(0))
    for count in rows.counts {
      start += Int(count)
      file.bytes.appendLittleEndian(Int64(start))
      try file.flush()
    }
    // Columns and values are apart in the file: two passes, so that neither is held.
    _ = try rows.forEachRow { row in
      for term in row.terms { file.bytes.appendLittleEndian(term) }
      try file.flush()
    }
    let clipped = try rows.forEachRow { row in
      file.bytes.appendLittleEndian(contentsOf: Array(row.impacts))
      try file.flush()
    }
    for term in plan.terms { try IDLines.append(term, to: terms) }
    try source.forEachID { document, id in
      try IDLines.append(plan.renumbers ? Array("\(document)".utf8) : id, to: ids)
    }
    return plan.report(clippedImpacts: clipped)
  }
}
