package import Codecs
internal import Kernels

/// Writes a shard's token vectors (ColBERTv2), compressed as centroid and residual, in the order of its documents.
///
/// ```
/// file     = Envelope of kind "tokens", version 1; integers little-endian
/// records  = record{documents}
///   record = vector{n} crc:u32                  crc: CRC-32C of the document's vectors
///   vector = centroid:u32 residual[residualBytes]
/// offsets  = vectors:u32{documents + 1}         vectors before each document, and all
/// summary  = documents:u32 residualBytes:u32
/// ```
/// Centroids and the meaning of residuals are in the generation's file `centroids`. Document d begins in `records` at
/// offsets[d] * (4 + residualBytes) + 4 * d. Version history: 1.
package final class TokenVectorWriter {
  package static let kind = FileKind("tokens")
  package static let fileName = "tokens"
  static let records = "records"
  static let offsets = "offsets"
  static let summary = "summary"

  private let writer: EnvelopeWriter
  private let residualBytes: Int
  private var offsets: [UInt32] = [0]

  package init(folder: String, residualBytes: Int, attempt: Int = 0) throws {
    self.residualBytes = residualBytes
    writer = try EnvelopeWriter(path: folder + "/" + Self.fileName, kind: Self.kind, attempt: attempt)
    try writer.begin(Self.records)
  }

  /// A document's record.
  package static func record(centroids: [UInt32], residuals: [UInt8], residualBytes: Int) -> [UInt8] {
    precondition(residuals.count == centroids.count * residualBytes)
    var record: [UInt8] = []
    record.reserveCapacity(centroids.count * (4 + residualBytes) + 4)
    for (index, centroid) in centroids.enumerated() {
      record.appendLittleEndian(centroid)
      record += residuals[index * residualBytes..<(index + 1) * residualBytes]
    }
    record.appendLittleEndian(CRC32C.checksum(record))
    return record
  }

  /// Appends the next document's record.
  package func append(record: [UInt8]) throws {
    let vectors = UInt64(offsets[offsets.count - 1]) + UInt64((record.count - 4) / (4 + residualBytes))
    guard vectors <= UInt32.max else {
      throw VectorError(path: Self.fileName, detail: "a shard has at most 2^32 - 1 token vectors; use more shards")
    }
    offsets.append(UInt32(vectors))
    try writer.append(record)
  }

  package func commit() throws -> FileSeal {
    var bytes: [UInt8] = []
    bytes.appendLittleEndian(contentsOf: offsets)
    try writer.section(Self.offsets, bytes)
    var summary: [UInt8] = []
    summary.appendLittleEndian(UInt32(offsets.count - 1))
    summary.appendLittleEndian(UInt32(residualBytes))
    try writer.section(Self.summary, summary)
    return try writer.commit()
  }
}
