internal import Codecs
internal import Foundation
internal import Kernels

/// A file of predicted queries by the passages' ids: `id<TAB>text` lines, or JSON lines of `id` and `predicted_queries`
/// (or `predictions`, `queries`). Mapped, with a table of where each id's lines are: 12 bytes a line in memory.
struct PredictionsFile: Sendable {
  private let path: String
  private let view: ByteView
  private let isJSON: Bool
  /// SHA-256 of the file.
  let digest: Fingerprint
  /// (lines): hashes of the ids, ascending; beside each, where its line begins. Lines of one id in the file's order.
  private let hashes: [UInt32]
  private let starts: [UInt64]

  /// The passage has no prediction, and the pipeline wants one.
  struct Missing: ExitCoded, CustomStringConvertible {
    let id: String
    var exitCode: ExitCode { .badData }
    var description: String { "no prediction for passage `\(id)`" }
  }

  /// The file is compressed, and predictions are looked up in it at any place.
  struct Compressed: ExitCoded, CustomStringConvertible {
    let path: String
    let compression: Compression
    var exitCode: ExitCode { .badData }
    var description: String { "\(path): is compressed (\(compression.rawValue)); unpack it first" }
  }

  /// Throws `FileError`, `StreamError`, `Compressed`, `Damaged`.
  init(_ path: String) throws {
    self.path = path
    let compression = try Compression.detected(in: InputFile(path: path))
    guard compression == .none else { throw Compressed(path: path, compression: compression) }
    view = try MappedFile.open(path)
    digest = try FileSeal.measure(path).fingerprint
    isJSON = view.count > 0 && view[0] == UInt8(ascii: "{")
    var entries: [(hash: UInt32, start: UInt64)] = []
    var start = 0
    while start < view.count {
      let end = Self.end(of: start, in: view)
      if end > start { entries.append((Self.hash(try Self.id(view, start, end, isJSON, path)), UInt64(start))) }
      start = end + 1
    }
    entries.sort { ($0.hash, $0.start) < ($1.hash, $1.start) }
    hashes = entries.map(\.hash)
    starts = entries.map(\.start)
  }

  /// A line that cannot be read.
  struct Damaged: ExitCoded, CustomStringConvertible {
    let path: String
    let offset: Int
    let detail: String
    var exitCode: ExitCode { .badData }
    var description: String { "\(path): the line at byte \(offset) \(detail)" }
  }

  /// The predictions for a passage, in the file's order.
  func predictions(for id: [UInt8]) throws -> [[UInt8]] {
    let hash = Self.hash(id)
    var low = 0
    var high = hashes.count
    while low < high {
      let middle = (low + high) / 2
      if hashes[middle] < hash { low = middle + 1 } else { high = middle }
    }
    var found: [[UInt8]] = []
    while low < hashes.count, hashes[low] == hash {
      let start = Int(starts[low])
      let end = Self.end(of: start, in: view)
      if try Self.id(view, start, end, isJSON, path) == id { found += try texts(start, end) }
      low += 1
    }
    return found
  }

  private static func hash(_ bytes: [UInt8]) -> UInt32 {
    bytes.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
  }

  private static func end(of start: Int, in view: ByteView) -> Int {
    var end = start
    while end < view.count, view[end] != UInt8(ascii: "\n") { end += 1 }
    return end
  }

  private struct Record: Decodable {
    let id: String
    let texts: [String]

    private enum Keys: String, CodingKey { case id, docid, predictions, queries, predicted_queries }

    init(from decoder: any Decoder) throws {
      let keys = try decoder.container(keyedBy: Keys.self)
      let key: Keys = keys.contains(.id) ? .id : .docid
      id = try (try? keys.decode(String.self, forKey: key)) ?? String(keys.decode(Int64.self, forKey: key))
      let list = [Keys.predicted_queries, .predictions, .queries].first { keys.contains($0) } ?? .predicted_queries
      texts = try (try? keys.decode([String].self, forKey: list)) ?? [keys.decode(String.self, forKey: list)]
    }
  }

  private static func record(_ view: ByteView, _ start: Int, _ end: Int, _ path: String) throws -> Record {
    do {
      return try JSONDecoder().decode(Record.self, from: Data(try view.bytes(start, end - start)))
    } catch {
      throw Damaged(path: path, offset: start, detail: "is no object with `id` and `predicted_queries`")
    }
  }

  private static func id(_ view: ByteView, _ start: Int, _ end: Int, _ isJSON: Bool, _ path: String) throws -> [UInt8] {
    if isJSON { return Array(try record(view, start, end, path).id.utf8) }
    var tab = start
    while tab < end, view[tab] != UInt8(ascii: "\t") { tab += 1 }
    guard tab < end else { throw Damaged(path: path, offset: start, detail: "has no tab between id and prediction") }
    return try view.bytes(start, tab - start)
  }

  private func texts(_ start: Int, _ end: Int) throws -> [[UInt8]] {
    if isJSON { return try Self.record(view, start, end, path).texts.map { Array($0.utf8) } }
    let id = try Self.id(view, start, end, false, path)
    var text = try view.bytes(start + id.count + 1, end - start - id.count - 1)
    if text.last == UInt8(ascii: "\r") { text.removeLast() }
    return [text]
  }
}
