internal import Kernels

/// The parts of faiss's index files (`faiss/impl/index_write.cpp`), little-endian. They have no checksum and no version.
private enum FaissFile {
  /// `fourcc`, d, ntotal, two constants that nobody reads, is_trained, metric 0 (inner product).
  static func header(_ fourcc: String, dimension: Int, count: Int) -> [UInt8] {
    var bytes = Array(fourcc.utf8)
    bytes.appendLittleEndian(Int32(dimension))
    bytes.appendLittleEndian(contentsOf: [Int64(count), 1 << 20, 1 << 20])
    bytes.append(1)
    bytes.appendLittleEndian(Int32(0))
    return bytes
  }
}

/// faiss's `IndexFlatIP`: `IxFI`, header, number of floats (u64), the floats. `faiss.read_index` opens it; row i is line
/// i of PATH.ids (Pyserini's `docid`).
package enum FaissFlatExport: ExportFormat {
  package static let name = "faiss-flat"
  package static let summary = "faiss's IndexFlatIP of the dense vectors, with PATH.ids"
  package static let needsVectors = true

  package static func export(
    _ source: ExportSource, to output: ExportOutput, options: ExportOptions
  ) throws -> ExportReport {
    let rows = try DenseExport.rows(source, name)
    var header = FaissFile.header("IxFI", dimension: rows.dimension, count: rows.count)
    header.appendLittleEndian(UInt64(rows.count * rows.dimension))
    return try DenseExport.write(source, rows, to: output, format: name, header: header)
  }
}

/// faiss's `OPQ,PQ`: `IxPT` with one linear transform (`LTra`) before an `IxPq`, for inner products.
///
/// ```
/// IxPT header  1:i32
///   LTra       have_bias:u8=0  d*d:u64  f32{d*d} (y = A x)  0:u64  d_in:i32 d_out:i32 is_trained:u8
///   IxPq header d:u64 M:u64 nbits:u64  d * 2^nbits:u64  f32 (M, 2^nbits, d / M)  bytes:u64  codes
///              search_type:i32=0 encode_signs:u8=0 polysemous_ht:i32=0
/// ```
/// A row has ceil(M * nbits / 8) bytes, codes packed from the least significant bit on. Without rotation, `IxPq` alone.
package enum FaissPQExport: ExportFormat {
  package static let name = "faiss-pq"
  package static let summary = "faiss's OPQ,PQ index of the codes, with PATH.ids"
  package static let needsVectors = true

  package static func export(
    _ source: ExportSource, to output: ExportOutput, options: ExportOptions
  ) throws -> ExportReport {
    guard let codes = source.codes else {
      throw ExportRefusal(format: name, detail: "it has no product-quantized codes")
    }
    try DenseExport.checkIDs(source, name)
    let file = try output.file()
    if !codes.rotation.isEmpty { file.bytes += transform(codes) }
    file.bytes += FaissFile.header("IxPq", dimension: codes.dimension, count: codes.count)
    file.bytes.appendLittleEndian(contentsOf: [codes.dimension, codes.parts, codes.bits].map { UInt64($0) })
    file.bytes.appendLittleEndian(UInt64(codes.centroids.count))
    file.bytes.appendLittleEndian(contentsOf: codes.centroids)
    let rowBytes = (codes.parts * codes.bits + 7) / 8
    file.bytes.appendLittleEndian(UInt64(codes.count * rowBytes))
    for document in 0..<codes.count {
      appendPacked(try codes.codes(of: document), bits: codes.bits, to: &file.bytes)
      try file.flush()
    }
    file.bytes.appendLittleEndian(Int32(0))
    file.bytes.append(0)
    file.bytes.appendLittleEndian(Int32(0))
    try DenseExport.writeIDs(source, to: output)
    return DenseExport.report(codes.count)
  }

  private static func transform(_ codes: any CodeRows) -> [UInt8] {
    var bytes = FaissFile.header("IxPT", dimension: codes.dimension, count: codes.count)
    bytes.appendLittleEndian(Int32(1))
    bytes += Array("LTra".utf8)
    bytes.append(0)
    bytes.appendLittleEndian(UInt64(codes.rotation.count))
    bytes.appendLittleEndian(contentsOf: codes.rotation)
    bytes.appendLittleEndian(UInt64(0))
    bytes.appendLittleEndian(contentsOf: [Int32(codes.dimension), Int32(codes.dimension)])
    bytes.append(1)
    return bytes
  }

  /// faiss's `BitstringWriter`.
  private static func appendPacked(_ codes: [UInt8], bits: Int, to bytes: inout [UInt8]) {
    var pending: UInt32 = 0
    var count = 0
    for code in codes {
      pending |= UInt32(code) << UInt32(count)
      count += bits
      while count >= 8 {
        bytes.append(UInt8(truncatingIfNeeded: pending))
        pending >>= 8
        count -= 8
      }
    }
    if count > 0 { bytes.append(UInt8(truncatingIfNeeded: pending)) }
  }
}
