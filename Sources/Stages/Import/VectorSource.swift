internal import Codecs
internal import Corpus
internal import Dataflow
internal import FoundationEssentials
internal import Interchange
internal import Kernels

/// Where imported vectors come from: cut into parts once, then read part by part by any number of workers.
protocol VectorSource: Sendable {
  func stateSign() throws -> Fingerprint
  /// One pass, bounded memory; the same parts on every machine.
  func splits() throws -> [SourceSplit]
  func read(_ split: SourceSplit) throws -> [UInt8]
  func decode(_ bytes: [UInt8], of split: SourceSplit) throws -> VectorBatch
}

/// What decides the state of some files cheaply.
func stateSign(of paths: [String]) throws -> Fingerprint {
  var hasher = FingerprintHasher()
  for path in paths {
    hasher.field(path)
    if let status = try FileSystem.status(path) {
      hasher.field("\(status.size) \(status.modified) \(status.device) \(status.inode)")
    }
  }
  return hasher.finalize()
}

/// A part's bytes are not those that were cut: plan again.
struct PartChanged: ExitCoded, CustomStringConvertible {
  let path: String
  let offset: Int
  var exitCode: ExitCode { .tryAgain }
  var description: String { "\(path): what begins at byte \(offset) changed while reading; plan again" }
}

/// A range of rows: where a part lies in a file of rows.
struct RowRange: Codable {
  let first: Int
  let count: Int
  /// Bytes in the file of ids.
  let ids: Range<Int>

  var rows: Range<Int> { first..<first + count }

  init(_ rows: Range<Int>, ids: Range<Int>) {
    first = rows.lowerBound
    count = rows.count
    self.ids = ids
  }

  init(_ split: SourceSplit) throws {
    self = try JSONDecoder().decode(RowRange.self, from: Data(split.locator.utf8))
  }

  func locator() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// Rows of a part: as many as have about `bytes` together.
  static func size(rows: Int, bytes: Int, chunk: Int) -> Int {
    rows == 0 ? 1 : max(1, min(rows, chunk / max(1, bytes / rows)))
  }
}

/// A part's bytes: the rows, then their ids, then the length of the ids (u64).
enum PartBytes {
  static func join(_ rows: [UInt8], ids: [UInt8]) -> [UInt8] {
    var bytes = rows
    bytes += ids
    bytes.appendLittleEndian(UInt64(ids.count))
    return bytes
  }

  static func split(_ bytes: [UInt8]) throws -> (rows: ArraySlice<UInt8>, ids: ArraySlice<UInt8>) {
    let end = bytes.count - 8
    let length = Int(try ByteView(bytes).load(Int64.self, at: end))
    precondition(length >= 0 && length <= end, "bytes of a part that `join` did not make")
    return (bytes[0..<end - length], bytes[end - length..<end])
  }
}

/// A file of rows (`RowFiles`) and a file of ids.
struct RowSource: VectorSource {
  private let file: any RowFile
  private let ids: RowIDs
  private let chunk: Int

  init(_ type: any RowFile.Type, path: String, ids: String?, chunk: Int) throws {
    file = try type.init(path: path)
    self.ids = try RowIDs(path: ids)
    self.chunk = chunk
  }

  func stateSign() throws -> Fingerprint {
    try Stages.stateSign(of: [file.path] + [ids.path].compactMap { $0 })
  }

  func splits() throws -> [SourceSplit] {
    let rows = file.rowCount
    let size = RowRange.size(rows: rows, bytes: file.byteCount, chunk: chunk)
    let ranges = try ids.ranges(rows: rows, size: size)
    return try stride(from: 0, to: rows, by: size).enumerated().map { part, first in
      let range = RowRange(first..<min(first + size, rows), ids: ranges[part])
      let bytes = try self.bytes(range)
      return SourceSplit(
        file: FileSystem.lastComponent(of: file.path), offset: file.offset(of: first), length: bytes.count,
        firstLine: first + 1, fingerprint: Self.fingerprint(bytes, range, isNumbered: ids.path == nil), lane: nil,
        locator: try range.locator())
    }
  }

  /// Rows without ids of their own are told apart by their number.
  private static func fingerprint(_ bytes: [UInt8], _ range: RowRange, isNumbered: Bool) -> Fingerprint {
    var hasher = FingerprintHasher()
    if isNumbered { hasher.field("first row \(range.first)") }
    hasher.update(bytes)
    return hasher.finalize()
  }

  private func bytes(_ range: RowRange) throws -> [UInt8] {
    PartBytes.join(try file.read(range.rows), ids: try ids.read(range.ids))
  }

  func read(_ split: SourceSplit) throws -> [UInt8] {
    let range = try RowRange(split)
    let bytes = try bytes(range)
    guard Self.fingerprint(bytes, range, isNumbered: ids.path == nil) == split.fingerprint else {
      throw PartChanged(path: file.path, offset: split.offset)
    }
    return bytes
  }

  func decode(_ bytes: [UInt8], of split: SourceSplit) throws -> VectorBatch {
    let range = try RowRange(split)
    let (rows, lines) = try PartBytes.split(bytes)
    guard
      let ids = RowIDs.decode(lines, first: range.first, count: range.count, isNumbered: self.ids.path == nil)
    else { throw PartChanged(path: self.ids.path ?? file.path, offset: range.ids.lowerBound) }
    return try file.decode(rows, rows: range.count, ids: ids)
  }
}

/// JSON lines, plain or compressed, cut at line borders like a collection's.
struct LineSource: VectorSource {
  private let collection: DocumentCollection
  private let recordLimit: Int
  private let chunk: Int
  private let parse: @Sendable ([UInt8]) -> VectorBatch

  init(
    _ paths: [String], chunk: Int, recordLimit: Int, parse: @escaping @Sendable ([UInt8]) -> VectorBatch
  ) throws {
    self.recordLimit = recordLimit
    var options = ReadOptions()
    options.limits.record = recordLimit
    collection = try DocumentCollection(patterns: paths, format: BEIRJSONLines(options: options))
    self.chunk = chunk
    self.parse = parse
  }

  func stateSign() throws -> Fingerprint {
    var hasher = FingerprintHasher()
    hasher.field("record limit \(recordLimit)")
    hasher.field("\(try Stages.stateSign(of: collection.files.map(\.path)))")
    return hasher.finalize()
  }

  func splits() throws -> [SourceSplit] {
    try collection.splits(targetBytes: chunk).map { split in
      let file = collection.files[split.file]
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      return SourceSplit(
        file: file.name, offset: Int(split.offset), length: Int(split.length), firstLine: Int(split.firstLine),
        fingerprint: split.fingerprint, lane: file.compression == .none ? nil : file.path,
        locator: String(decoding: try encoder.encode(split), as: UTF8.self))
    }
  }

  private func split(_ split: SourceSplit) throws -> Split {
    try JSONDecoder().decode(Split.self, from: Data(split.locator.utf8))
  }

  func read(_ split: SourceSplit) throws -> [UInt8] { try collection.read(self.split(split)) }

  func decode(_ bytes: [UInt8], of split: SourceSplit) throws -> VectorBatch {
    if try self.split(split).isOverlongRecord {
      var batch = parse([])
      batch.rejected = [
        .init(
          row: 0, offset: 0, id: "", reason: "record-too-long",
          detail: "a record of \(split.length) bytes; limits.record allows \(recordLimit)")
      ]
      return batch
    }
    return parse(bytes)
  }
}
