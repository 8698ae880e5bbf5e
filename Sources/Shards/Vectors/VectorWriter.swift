package import Codecs
package import Kernels

/// Writes a shard's dense vectors, in the order of its documents: rows of equal length, to be read at their position.
///
/// ```
/// file      = Envelope of kind "vectors", version 1; integers and floats little-endian
/// rows      = row{documents}            begins at a multiple of 64
///   row     = element{dimension} pad scale? crc:u32
///                                       element: f32, f16 (rounded half to even) or i8; pad: zeros to a multiple of 4;
///                                       scale: f32, for i8 with a scale a vector; crc: CRC-32C of what comes before
/// scales    = f32{dimension}            for i8 with a scale a dimension; else absent
/// summary   = documents:u32 dimension:u32 kind:u32 scale:u32
///                                       kind: 0 f32, 1 f16, 2 i8; scale: 0 none, 1 a vector's, 2 a dimension's
/// ```
/// An i8 element stands for element * scale, in -127...127. Example: (1, -0.5) as i8 with a scale a vector is
/// `7f c0 00 00`, the float 1/127, a checksum: 12 bytes; -0.5 became -63.5, which rounds to the even -64.
///
/// Every row has a checksum of its own because candidates are read one by one: damage is found before it ranks.
/// Version history: 1.
package final class VectorWriter {
  package static let kind = FileKind("vectors")

  private let writer: EnvelopeWriter
  private let layout: RowLayout
  /// (dimension): 1 / scale for each dimension.
  private let scales: [Float]
  private let path: String
  private var count = 0

  /// - Parameter ranges: (dimension), the largest absolute value of each over the collection, for int8 with a scale a
  ///   dimension.
  package init(
    folder: String, dimension: Int, encoding: VectorEncoding, scale: VectorScale, ranges: [Float], attempt: Int = 0
  ) throws {
    path = folder + "/" + encoding.fileName
    layout = RowLayout(kind: encoding.kind, dimension: dimension, hasScale: encoding == .int8 && scale == .vector)
    scales = encoding == .int8 && scale == .dimension ? ranges.map { $0 / 127 } : []
    writer = try EnvelopeWriter(path: path, kind: Self.kind, attempt: attempt)
    try writer.begin(VectorFormat.rows)
  }

  /// A vector as its row. Throws `VectorError` for a value that is not finite or too large for its encoding.
  package func row(_ values: [Float]) throws -> [UInt8] {
    let largest = values.reduce(Float(0)) { max($0, abs($1)) }
    guard values.allSatisfy(\.isFinite), layout.kind != .float16 || largest <= 65504 else {
      throw VectorError(path: path, detail: "a vector has the value \(largest), which its encoding cannot hold")
    }
    if scales.isEmpty { return VectorKernels.row(values, scale: largest / 127, layout: layout) }
    let scaled = zip(values, scales).map { value, scale in scale > 0 ? value / scale : 0 }
    return VectorKernels.row(scaled, scale: 1, layout: layout)
  }

  /// Appends the next document's row.
  package func append(row: [UInt8]) throws {
    precondition(row.count == layout.stride)
    try writer.append(row)
    count += 1
  }

  package func commit() throws -> FileSeal {
    if !scales.isEmpty {
      var bytes: [UInt8] = []
      bytes.appendLittleEndian(contentsOf: scales)
      try writer.section(VectorFormat.scales, bytes)
    }
    var summary: [UInt8] = []
    for value in [count, layout.dimension, Int(layout.kind.rawValue), layout.hasScale ? 1 : scales.isEmpty ? 0 : 2] {
      summary.appendLittleEndian(UInt32(value))
    }
    try writer.section(VectorFormat.summary, summary)
    return try writer.commit()
  }
}

enum VectorFormat {
  static let rows = "rows"
  static let scales = "scales"
  static let summary = "summary"
}

/// A vector that cannot be stored.
package struct VectorError: ExitCoded, CustomStringConvertible {
  let path: String
  let detail: String

  package init(path: String, detail: String) {
    self.path = path
    self.detail = detail
  }

  package var exitCode: ExitCode { .badData }
  package var description: String { "\(path): \(detail)" }
}
