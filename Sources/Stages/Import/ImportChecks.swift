internal import Codecs
internal import Dataflow
internal import Interchange
internal import Kernels

/// What the two importing sources share.
enum ImportChecks {
  static let chunkBytes = 4 << 20

  static func problem(
    _ format: String, _ formats: [String], _ input: ResourcePaths, _ ids: ResourcePath?, _ terms: ResourcePath?,
    _ chunk: ByteSize?
  ) -> ParameterProblem? {
    guard formats.contains(format) else {
      let hint = Suggestion.hint(for: format, among: formats) ?? "there are \(formats.joined(separator: ", "))"
      return ParameterProblem("format", "is no format of vectors: `\(format)`; \(hint)")
    }
    let isLines = format == JSONVectorLines.name
    if !isLines, input.paths.count > 1 { return ParameterProblem("input", "must be one file of format `\(format)`") }
    let hasRows = RowFiles.named(format) != nil
    if ids != nil, !hasRows {
      return ParameterProblem("ids", "is not for format `\(format)`, which has ids of its own")
    }
    if terms != nil, format != CSRFile.name { return ParameterProblem("terms", "is for format `csr` only") }
    if let chunk, chunk.bytes < 16 { return ParameterProblem("chunk", "must be at least 16 bytes") }
    return nil
  }

  /// The names of a matrix's columns.
  static func terms(_ path: String, of matrix: String) throws -> ByteStrings {
    let columns = try CSRFile(path: matrix).columnCount
    let file = try RowIDs(path: path)
    let bytes = try file.ranges(rows: columns, size: max(columns, 1)).map { try file.read($0) }.first ?? []
    guard let terms = RowIDs.decode(bytes[...], first: 0, count: columns, isNumbered: false) else {
      throw InterchangeError(path: path, detail: "it does not have \(columns) lines, one for each column")
    }
    if Set(terms.map { Array($0) }).count != columns {
      throw InterchangeError(path: path, detail: "a term comes twice")
    }
    return terms
  }

  static func rejections(_ batch: VectorBatch) -> [Rejection] {
    batch.rejected.map {
      Rejection(reason: $0.reason, detail: $0.detail, id: $0.id, offset: $0.offset, line: $0.row)
    }.sorted()
  }

  /// The rows whose ids did not come before in the batch, and are not empty.
  static func withoutDuplicates(_ batch: VectorBatch) -> VectorBatch {
    var seen: Set<ArraySlice<UInt8>> = []
    var kept: [Int] = []
    var result = batch
    for row in 0..<batch.ids.count {
      let id = batch.ids[row]
      if id.isEmpty || !seen.insert(id).inserted {
        result.rejected.append(
          .init(
            row: row, offset: 0, id: String(decoding: id, as: UTF8.self),
            reason: id.isEmpty ? "empty-id" : "duplicate-id",
            detail: id.isEmpty ? "the id is empty" : "the id came before in the same chunk; the first one counts"))
      } else {
        kept.append(row)
      }
    }
    return kept.count == batch.ids.count ? batch : rows(kept, of: result)
  }

  private static func rows(_ kept: [Int], of batch: VectorBatch) -> VectorBatch {
    var result = batch
    result.ids = ByteStrings(kept.map { Array(batch.ids[$0]) })
    switch batch.values {
    case .dense(let dimension, let values):
      result.values = .dense(
        dimension: dimension, values: kept.flatMap { values[$0 * dimension..<($0 + 1) * dimension] })
    case .sparse(let vocabulary, let offsets, let terms, let weights):
      var newOffsets: [UInt32] = [0]
      var newTerms: [UInt32] = []
      var newWeights: [Float] = []
      for row in kept {
        let range = Int(offsets[row])..<Int(offsets[row + 1])
        newTerms += terms[range]
        newWeights += weights[range]
        newOffsets.append(UInt32(newTerms.count))
      }
      result.values = .sparse(vocabulary: vocabulary, offsets: newOffsets, terms: newTerms, weights: newWeights)
    }
    return result
  }
}
