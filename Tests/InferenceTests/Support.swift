import Foundation
import Inference
import Testing

/// A model of `Golden`, and what PyTorch computes with it.
struct Golden {
  let path: String
  let batch: TokenBatch
  private let tensors: [String: Tensor]

  static func path(_ name: String) throws -> String {
    let root = try #require(Bundle.module.url(forResource: "Golden", withExtension: nil))
    return root.appending(path: name).path
  }

  init(_ name: String) throws {
    path = try Self.path(name)
    let root = try ModelRoot(path)
    let file = "expected.safetensors"
    tensors = Dictionary(
      uniqueKeysWithValues: try SafetensorsFile.tensors(try root.map(file), file: file).map { ($0.name, $0) })
    let tokens = try #require(tensors["tokens"]).floats().map { Int32($0) }
    let offsets = try #require(tensors["offsets"]).floats().map { Int($0) }
    batch = TokenBatch((0..<offsets.count - 1).map { Array(tokens[offsets[$0]..<offsets[$0 + 1]]) })
  }

  func expected(_ name: String) throws -> [Float] { try #require(tensors[name]).floats() }
}

/// The largest difference; infinite for lists of different lengths.
func distance(_ left: [Float], _ right: [Float]) -> Float {
  guard left.count == right.count else { return .infinity }
  return zip(left, right).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

func cosine(_ left: some Sequence<Float>, _ right: some Sequence<Float>) -> Double {
  var (product, first, second) = (0.0, 0.0, 0.0)
  for (a, b) in zip(left, right) {
    product += Double(a) * Double(b)
    first += Double(a) * Double(a)
    second += Double(b) * Double(b)
  }
  return product / (first * second).squareRoot()
}

/// A folder that is removed with the object.
final class TemporaryFolder {
  let path: String

  init(copying golden: String? = nil) throws {
    path = FileManager.default.temporaryDirectory.appending(path: "bigrain-\(UUID().uuidString)").path
    if let golden {
      try FileManager.default.copyItem(atPath: try Golden.path(golden), toPath: path)
    } else {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    try FileManager.default.createDirectory(
      atPath: URL(fileURLWithPath: file(name)).deletingLastPathComponent().path, withIntermediateDirectories: true)
    // Not a link's target: the link itself gives way.
    try? FileManager.default.removeItem(atPath: file(name))
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
  }

  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

  func read(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name)))) }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: file(name)) }

  func edit(_ name: String, _ change: (String) -> String) throws {
    let old = String(decoding: try read(name), as: UTF8.self)
    let new = change(old)
    try #require(new != old, "the edit changes nothing")
    try write(name, new)
  }

  /// Every path below the folder with its size.
  func listing() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: path).sorted().map { name in
      let size = try? FileManager.default.attributesOfItem(atPath: file(name))[.size] as? Int
      return "\(name) \(size ?? -1)"
    }
  }
}

/// A safetensors file in memory whose parts can be changed before it is written.
struct Safetensors {
  struct Entry {
    var name: String
    var format = "F32"
    var shape: [Int]
    var bytes: [UInt8]
  }

  var entries: [Entry]

  /// Reads a sound file.
  init(_ bytes: [UInt8]) throws {
    let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    let data = Array(bytes[(8 + length)...])
    let header = try #require(
      try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length])) as? [String: [String: Any]])
    entries = try header.filter { $0.key != "__metadata__" }.map { name, value in
      let offsets = try #require(value["data_offsets"] as? [Int])
      return Entry(
        name: name, format: try #require(value["dtype"] as? String), shape: try #require(value["shape"] as? [Int]),
        bytes: Array(data[offsets[0]..<offsets[1]]))
    }.sorted { $0.name < $1.name }
  }

  init(_ entries: [Entry]) {
    self.entries = entries
  }

  subscript(name: String) -> Entry? {
    get { entries.first { $0.name == name } }
    set {
      entries.removeAll { $0.name == name }
      if let newValue { entries.append(newValue) }
    }
  }

  var bytes: [UInt8] {
    var offset = 0
    var members: [String] = []
    for entry in entries {
      members.append(
        "\"\(entry.name)\":{\"dtype\":\"\(entry.format)\",\"shape\":\(entry.shape),\"data_offsets\":[\(offset),\(offset + entry.bytes.count)]}"
      )
      offset += entry.bytes.count
    }
    return Self.file(header: "{" + members.joined(separator: ",") + "}", data: entries.flatMap(\.bytes))
  }

  /// A file with any header.
  static func file(header: String, length: UInt64? = nil, data: [UInt8] = []) -> [UInt8] {
    let length = length ?? UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8) + data
  }
}
