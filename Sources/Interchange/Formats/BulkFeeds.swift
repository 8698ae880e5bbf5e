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
    var report = try JSONRows.export(source, to: output, limits, options) { row, bytes in
      bytes += "{\"index\":{\"_id\":".utf8
      JSONText.append(row.id, to: &bytes)
      bytes += "}}\n{".utf8
      if row.hasText {
        bytes += "\"text\":".utf8
        JSONText.append(try row.text(), to: &bytes)
        bytes.append(UInt8(ascii: ","))
      }
      bytes += "\"vector\":".utf8
      row.appendVector(to: &bytes)
      bytes += "}\n".utf8
    }
    report.notes.append("the engine keeps about nine significant bits of each weight: neighbours may change places")
    return report
  }
}
