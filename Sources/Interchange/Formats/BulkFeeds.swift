/// OpenSearch's `_bulk` requests with a `rank_features` field: a line with the action, a line with the document.
///
/// `{"index":{"_id":ID}}` and `{"text":TEXT,"vector":{TERM:WEIGHT}}`. Weights must be above 0; Lucene keeps about nine
/// significant bits of each.
package enum OpenSearchExport: ExportFormat {
  package static let name = "opensearch"
  package static let summary = "OpenSearch's _bulk lines with a rank_features field `vector`"

  package static func export(
    _ source: ExportSource, to output: ExportOutput, options: ExportOptions
  ) throws -> ExportReport {
    try BulkFeed.export(source, output, options, format: name, termProblem: NameRules.nonEmptyUTF8)
  }
}

/// Elasticsearch's `_bulk` requests with a `sparse_vector` field, which takes no dots in names of features.
package enum ElasticsearchExport: ExportFormat {
  package static let name = "elasticsearch"
  package static let summary = "Elasticsearch's _bulk lines with a sparse_vector field `vector`; no dots in terms"

  package static func export(
    _ source: ExportSource, to output: ExportOutput, options: ExportOptions
  ) throws -> ExportReport {
    try BulkFeed.export(source, output, options, format: name, termProblem: NameRules.featureWithoutDots)
  }
}

private enum BulkFeed {
  /// Bytes of an id that both engines take.
  private static let idBytes = 512

  static func export(
    _ source: ExportSource, _ output: ExportOutput, _ options: ExportOptions, format: String,
    termProblem: @escaping @Sendable ([UInt8]) -> String?
  ) throws -> ExportReport {
    var limits = SparseLimits(format: format)
    limits.positive = true
    limits.termProblem = termProblem
    limits.idProblem = { id in
      NameRules.nonEmptyUTF8(id) ?? (id.count > idBytes ? "has \(id.count) bytes, the engine takes \(idBytes)" : nil)
    }
    let plan = try SparsePlan(source, limits, options)
    let terms = JSONText.quoted(plan)
    let file = try output.file()
    let ids = plan.renumbers ? try output.file(".ids") : nil
    let clipped = try ForwardRows(source, plan).forEachRow { row in
      let id = try source.id(of: row.document)
      file.bytes += "{\"index\":{\"_id\":".utf8
      JSONText.append(ids == nil ? id : Array("\(row.document)".utf8), to: &file.bytes)
      file.bytes += "}}\n{".utf8
      if options.text, source.storesText {
        file.bytes += "\"text\":".utf8
        JSONText.append(try TextField.value(source, row.document, options), to: &file.bytes)
        file.bytes.append(UInt8(ascii: ","))
      }
      file.bytes += "\"vector\":".utf8
      JSONText.append(row, terms: terms, to: &file.bytes)
      file.bytes += "}\n".utf8
      try file.flush()
      if let ids { try IDLines.append(id, to: ids) }
    }
    var report = plan.report(clippedImpacts: clipped)
    report.notes.append("the engine keeps about nine significant bits of each weight: neighbours may change places")
    return report
  }
}
