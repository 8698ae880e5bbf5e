internal import Codecs
internal import Kernels

/// A shard's compressed token vectors, read at their positions. See `TokenVectorWriter` for the format. Safe to use from
/// several threads.
package final class TokenVectorReader: Sendable {
  /// The vectors of one document, still compressed.
  package struct Record: Sendable {
    /// (vectors).
    package let centroids: [UInt32]
    /// (vectors, residual bytes).
    package let residuals: [UInt8]
  }

  package let path: String
  package let count: Int
  private let residualBytes: Int
  private let offsets: ByteView
  private let file: PositionalFile
  private let start: Int

  /// Opens the file in a shard's folder; `nil` if it has none. Throws `FileError`, `FormatError`.
  package static func open(_ folder: String) throws -> TokenVectorReader? {
    let path = folder + "/" + TokenVectorWriter.fileName
    return FileSystem.exists(path) ? try TokenVectorReader(path: path) : nil
  }

  package init(path: String) throws {
    self.path = path
    let envelope = try Envelope(path: path, kind: TokenVectorWriter.kind)
    let summary = try envelope.verifiedSection(TokenVectorWriter.summary)
    guard summary.count == 8 else { throw FormatError.corrupt(path: path, detail: "its summary is not one") }
    count = Int(try summary.load(UInt32.self, at: 0))
    residualBytes = Int(try summary.load(UInt32.self, at: 4))
    offsets = try envelope.section(TokenVectorWriter.offsets)
    let records = try envelope.location(of: TokenVectorWriter.records)
    guard offsets.count == (count + 1) * 4 else {
      throw FormatError.corrupt(path: path, detail: "its offsets do not have the length that its summary tells")
    }
    guard records.length == Int(try offsets.load(UInt32.self, at: count * 4)) * (4 + residualBytes) + 4 * count else {
      throw FormatError.corrupt(path: path, detail: "its records do not have the length that its offsets tell")
    }
    start = records.offset
    file = try PositionalFile(path)
  }

  /// The compressed vectors of a document. Throws `FormatError.corrupt` where its checksum is wrong.
  package func record(of document: Int) throws -> Record {
    guard (0..<count).contains(document) else { throw corrupt("it has no document \(document)") }
    let first = Int(try offsets.load(UInt32.self, at: document * 4))
    let vectors = Int(try offsets.load(UInt32.self, at: document * 4 + 4)) - first
    let bytes = 4 + residualBytes
    guard vectors >= 0, vectors < 1 << 24 else { throw corrupt("its offsets are damaged at document \(document)") }
    let record = ByteView(
      try file.readExactly(at: start + first * bytes + 4 * document, count: vectors * bytes + 4))
    let content = try record.slice(0, vectors * bytes)
    guard try record.load(UInt32.self, at: vectors * bytes) == CRC32C.checksum(content) else {
      throw corrupt("the checksum of the vectors of document \(document) is wrong")
    }
    var centroids: [UInt32] = []
    var residuals: [UInt8] = []
    residuals.reserveCapacity(vectors * residualBytes)
    for vector in 0..<vectors {
      centroids.append(try content.load(UInt32.self, at: vector * bytes))
      residuals += try content.bytes(vector * bytes + 4, residualBytes)
    }
    return Record(centroids: centroids, residuals: residuals)
  }

  private func corrupt(_ detail: String) -> FormatError { .corrupt(path: path, detail: detail) }
}
