import Codecs
import Corpus
import Foundation

/// A folder that is removed with this value's last use in a test.
final class TemporaryFolder {
  let url = FileManager.default.temporaryDirectory.appending(path: "corpus-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: url)
  }

  func path(_ name: String) -> String { url.appending(path: name).path(percentEncoded: false) }

  @discardableResult
  func write(_ name: String, _ content: [UInt8]) throws -> String {
    let file = url.appending(path: name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(content).write(to: file)
    return file.path(percentEncoded: false)
  }

  @discardableResult
  func write(_ name: String, _ content: String) throws -> String { try write(name, Array(content.utf8)) }

  /// Packs with a command line tool that reads stdin; `nil` if the tool is not installed.
  func pack(_ name: String, _ content: [UInt8], with command: String) throws -> String? {
    let plain = try write("plain-\(UUID().uuidString)", content)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "\(command) < '\(plain)' > '\(path(name))'"]
    try process.run()
    process.waitUntilExit()
    try FileManager.default.removeItem(atPath: plain)
    return process.terminationStatus == 0 ? path(name) : nil
  }
}

struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}

extension Document {
  init(_ id: String, _ text: String, title: String = "") {
    self.init(id: Array(id.utf8), title: Array(title.utf8), text: Array(text.utf8))
  }
}

/// Parses `content` as one split that starts at byte 1000 and line 11 of the file `f`.
func parse(_ name: String, _ content: [UInt8], _ options: ReadOptions = ReadOptions()) throws -> DocumentBatch {
  let format = try DocumentFormats.format(named: name, options: options)
  let split = Split(
    file: 0, name: "f", offset: 1000, length: UInt64(content.count), firstLine: 11,
    fingerprint: .of(content))
  return format.documents(in: content, of: split)
}

func parse(_ name: String, _ content: String, _ options: ReadOptions = ReadOptions()) throws -> DocumentBatch {
  try parse(name, Array(content.utf8), options)
}

/// Every document of a collection, through its splits.
func everything(
  _ patterns: [String], _ name: String, targetBytes: Int = 1 << 20, _ options: ReadOptions = ReadOptions()
) throws -> (splits: [Split], batch: DocumentBatch) {
  let collection = try DocumentCollection(
    patterns: patterns, format: DocumentFormats.format(named: name, options: options))
  let splits = try collection.splits(targetBytes: targetBytes)
  var all = DocumentBatch()
  for split in splits {
    let batch = collection.documents(in: try collection.read(split), of: split)
    all.documents += batch.documents
    all.rejected += batch.rejected
    all.notices.merge(batch.notices)
  }
  return (splits, all)
}

/// Lines `d<n> TAB <words>`, about 100 bytes each.
func lines(_ count: Int, seed: UInt64) -> [String] {
  var random = SplitMix(state: seed)
  return (0..<count).map { number in
    let words = (0..<Int.random(in: 1...30, using: &random)).map { _ in
      String(random.next() >> 44, radix: 36)
    }
    return "d\(number)\t\(words.joined(separator: " "))\n"
  }
}

/// `../shared/data/<name>` beside some folder above this file, or under BIGRAIN_SHARED; `nil` if it is not there.
func sharedData(_ name: String) -> String? {
  var folder = URL(fileURLWithPath: #filePath)
  var candidates = (ProcessInfo.processInfo.environment["BIGRAIN_SHARED"]).map { [URL(fileURLWithPath: $0)] } ?? []
  while folder.pathComponents.count > 1 {
    folder.deleteLastPathComponent()
    candidates.append(folder.appending(path: "shared"))
  }
  return candidates.map { $0.appending(path: "data/\(name)").path(percentEncoded: false) }
    .first { FileManager.default.fileExists(atPath: $0) }
}
