internal import Kernels

/// What the exports of dense vectors share: the rows are the documents in order, as the index scores them (decoded from
/// whatever the index stores), and the ids lie beside them.
enum DenseExport {
  static func rows(_ source: ExportSource, _ format: String) throws -> any VectorRows {
    guard let rows = source.vectors else { throw ExportRefusal(format: format, detail: "it has no dense vectors") }
    guard rows.count <= Int(Int32.max) else {
      throw ExportRefusal(format: format, detail: "\(rows.count) vectors, it can hold 2^31 - 1")
    }
    return rows
  }

  /// Writes the header, each row (with `prefix` before it) and the ids.
  static func write(
    _ source: ExportSource, _ rows: any VectorRows, to output: ExportOutput, format: String, header: [UInt8],
    prefix: [UInt8] = []
  ) throws -> ExportReport {
    try checkIDs(source, format)
    let file = try output.file()
    file.bytes += header
    for document in 0..<rows.count {
      file.bytes += prefix
      file.bytes.appendLittleEndian(contentsOf: try rows.vector(of: document))
      try file.flush()
    }
    try writeIDs(source, to: output)
    return report(rows.count)
  }

  static func report(_ count: Int) -> ExportReport {
    var report = ExportReport()
    report.documents = count
    return report
  }

  static func checkIDs(_ source: ExportSource, _ format: String) throws {
    try source.forEachID { _, id in
      if let problem = NameRules.line(id) {
        throw ExportRefusal(format: format, detail: "the id `\(SparsePlan.shown(id))` \(problem)")
      }
    }
  }

  static func writeIDs(_ source: ExportSource, to output: ExportOutput) throws {
    let ids = try output.file(".ids")
    try source.forEachID { _, id in try IDLines.append(id, to: ids) }
  }
}

/// NumPy's array file, version 1.0: `\x93NUMPY`, 1, 0, the header's length (u16), a Python dictionary padded with spaces so
/// that the data begins at a multiple of 64, f32 in C order. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
package enum NPYExport: ExportFormat {
  package static let name = "npy"
  package static let summary = "NumPy's array of the dense vectors (f32), with PATH.ids"
  package static let needsVectors = true

  package static func export(
    _ source: ExportSource, to output: ExportOutput, options: ExportOptions
  ) throws -> ExportReport {
    let rows = try DenseExport.rows(source, name)
    let header = header(rows: rows.count, columns: rows.dimension)
    return try DenseExport.write(source, rows, to: output, format: name, header: header)
  }

  static func header(rows: Int, columns: Int) -> [UInt8] {
    var text = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    // NumPy leaves room for the first axis to grow to 21 digits, then pads the whole to a multiple of 64.
    text += String(repeating: " ", count: max(0, 21 - "\(rows)".utf8.count))
    let unpadded = 10 + text.utf8.count + 1
    text += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
    var bytes = [0x93] + Array("NUMPY".utf8) + [1, 0]
    bytes.appendLittleEndian(UInt16(text.utf8.count))
    return bytes + text.utf8
  }
}

/// TEXMEX's vectors: before each row of f32 its dimension, i32. http://corpus-texmex.irisa.fr
package enum FVecsExport: ExportFormat {
  package static let name = "fvecs"
  package static let summary = "TEXMEX's .fvecs of the dense vectors, with PATH.ids"
  package static let needsVectors = true

  package static func export(
    _ source: ExportSource, to output: ExportOutput, options: ExportOptions
  ) throws -> ExportReport {
    let rows = try DenseExport.rows(source, name)
    var prefix: [UInt8] = []
    prefix.appendLittleEndian(Int32(rows.dimension))
    return try DenseExport.write(source, rows, to: output, format: name, header: [], prefix: prefix)
  }
}

/// DiskANN's and big-ann-benchmarks' vectors: rows u32, dimension u32, f32 in row order.
package enum FBinExport: ExportFormat {
  package static let name = "fbin"
  package static let summary = "DiskANN's and big-ann-benchmarks' .fbin of the dense vectors, with PATH.ids"
  package static let needsVectors = true

  package static func export(
    _ source: ExportSource, to output: ExportOutput, options: ExportOptions
  ) throws -> ExportReport {
    let rows = try DenseExport.rows(source, name)
    var header: [UInt8] = []
    header.appendLittleEndian(contentsOf: [UInt32(rows.count), UInt32(rows.dimension)])
    return try DenseExport.write(source, rows, to: output, format: name, header: header)
  }
}
