internal import Codecs
internal import Dataflow
internal import Foundation
internal import Interchange
internal import Kernels
internal import Synchronization

/// An index in CIFF, turned into documents range by range.
///
/// A part's bytes are its documents as one batch, so that a part whose documents did not change keeps its fingerprint.
final class CIFFSource: VectorSource {
  private let path: String
  private let chunk: Int
  /// Opened when it is first needed: a plan that finds the splits in its cache reads nothing.
  private let opened = Mutex<CIFFFile?>(nil)

  init(path: String, chunk: Int) throws {
    self.path = path
    self.chunk = chunk
    guard try FileSystem.status(path) != nil else {
      throw InterchangeError(path: path, detail: "there is no such file")
    }
  }

  private func file() throws -> CIFFFile {
    try opened.withLock { opened in
      if let file = opened { return file }
      let temporary = NSTemporaryDirectory() + "bigrain-\(UUID().uuidString).ciff"
      let file = try CIFFFile(path: path, temporary: temporary)
      opened = file
      return file
    }
  }

  func stateSign() throws -> Fingerprint { try Stages.stateSign(of: [path]) }

  func splits() throws -> [SourceSplit] {
    let file = try file()
    let size = RowRange.size(rows: file.documentCount, bytes: file.byteCount, chunk: chunk)
    return try stride(from: 0, to: file.documentCount, by: size).map { first in
      let range = RowRange(first..<min(first + size, file.documentCount), ids: 0..<0)
      let bytes = try SparseBytes.encode(file.rows(range.rows))
      return SourceSplit(
        file: FileSystem.lastComponent(of: path), offset: first, length: bytes.count, firstLine: first + 1,
        fingerprint: .of(bytes), lane: nil, locator: try range.locator())
    }
  }

  func read(_ split: SourceSplit) throws -> [UInt8] {
    let bytes = try SparseBytes.encode(file().rows(RowRange(split).rows))
    guard Fingerprint.of(bytes) == split.fingerprint else { throw PartChanged(path: path, offset: split.offset) }
    return bytes
  }

  func decode(_ bytes: [UInt8], of split: SourceSplit) throws -> VectorBatch { try SparseBytes.decode(bytes) }
}

/// A sparse batch as bytes: for each of ids and terms, u64 count, u32 (count + 1) offsets, u64 length, data; then u64 rows +
/// 1 and u32 offsets, u64 entries, u32 terms, f32 weights; then the rejected rows as JSON.
private enum SparseBytes {
  /// Bytes that `encode` did not make.
  private struct Damaged: ExitCoded {
    var exitCode: ExitCode { .bug }
  }

  private struct Rejected: Codable {
    let row: Int
    let id: String
    let reason: String
    let detail: String
  }

  static func encode(_ batch: VectorBatch) throws -> [UInt8] {
    guard case .sparse(let vocabulary, let offsets, let terms, let weights) = batch.values else { return [] }
    var bytes: [UInt8] = []
    for strings in [batch.ids, vocabulary] {
      bytes.appendLittleEndian(UInt64(strings.count))
      bytes.appendLittleEndian(contentsOf: strings.offsets)
      bytes.appendLittleEndian(UInt64(strings.data.count))
      bytes += strings.data
    }
    bytes.appendLittleEndian(contentsOf: offsets)
    bytes.appendLittleEndian(UInt64(terms.count))
    bytes.appendLittleEndian(contentsOf: terms)
    bytes.appendLittleEndian(contentsOf: weights)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    bytes += try encoder.encode(
      batch.rejected.map { Rejected(row: $0.row, id: $0.id, reason: $0.reason, detail: $0.detail) })
    return bytes
  }

  static func decode(_ bytes: [UInt8]) throws -> VectorBatch {
    let view = ByteView(bytes)
    var position = 0
    func count() throws -> Int {
      defer { position += 8 }
      return Int(try view.load(UInt64.self, at: position))
    }
    func integers(_ count: Int) throws -> [UInt32] {
      defer { position += 4 * count }
      return try view.array(of: UInt32.self, at: position, count: count)
    }
    func strings() throws -> ByteStrings {
      let offsets = try integers(try count() + 1)
      let length = try count()
      defer { position += length }
      guard let strings = ByteStrings(offsets: offsets, data: try view.bytes(position, length)) else {
        throw Damaged()
      }
      return strings
    }
    let ids = try strings()
    let vocabulary = try strings()
    let offsets = try integers(ids.count + 1)
    let entries = try count()
    let terms = try integers(entries)
    let weights = try view.floats(at: position, count: entries)
    position += 4 * entries
    var batch = VectorBatch(
      values: .sparse(vocabulary: vocabulary, offsets: offsets, terms: terms, weights: weights))
    batch.ids = ids
    batch.rejected = try JSONDecoder().decode([Rejected].self, from: Data(bytes[position...])).map {
      .init(row: $0.row, offset: 0, id: $0.id, reason: $0.reason, detail: $0.detail)
    }
    return batch
  }
}
