import Codecs
import Foundation
import Kernels
import Shards
import Testing

/// What the tests of this folder share.
enum Fixture {
  /// Runs `body` with a new folder that is removed afterwards.
  static func withFolder<T>(_ body: (String) throws -> T) throws -> T {
    let folder = NSTemporaryDirectory() + "shards-\(UInt64.random(in: 0...UInt64.max))"
    try FileSystem.createDirectories(folder)
    defer { try? FileSystem.removeTree(folder) }
    return try body(folder)
  }

  static func read(_ path: String) throws -> [UInt8] {
    let file = try PositionalFile(path)
    return try file.readExactly(at: 0, count: file.length)
  }

  /// Writes without waiting for the disk: these tests are about content.
  static func overwrite(_ path: String, _ bytes: [UInt8]) throws {
    try FileAppender(creating: path).write(bytes)
  }

  @discardableResult
  static func writeDocuments(
    _ documents: [(id: [UInt8], text: [UInt8])], to path: String, options: DocumentWriter.Options = .init()
  ) throws -> FileSeal {
    let writer = try DocumentWriter(
      path: path, spillFolder: FileSystem.directory(of: path), spillPrefix: "spill", options: options)
    for document in documents { try writer.append(id: document.id, text: document.text) }
    return try writer.commit()
  }

  static func golden(_ name: String) -> String {
    String(#filePath).split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
      + "/Golden/\(name)"
  }
}

/// SplitMix64: a random test prints its seed and can be run again with it.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  /// A new seed, or `BIGRAIN_SEED` of the environment.
  static func make(_ test: String = #function) -> SeededGenerator {
    let seed = ProcessInfo.processInfo.environment["BIGRAIN_SEED"].flatMap(UInt64.init) ?? .random(in: 0...UInt64.max)
    print("\(test): BIGRAIN_SEED=\(seed)")
    return SeededGenerator(seed: seed)
  }

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  mutating func bytes(_ count: Int, below limit: Int = 256) -> [UInt8] {
    (0..<count).map { _ in UInt8(Int.random(in: 0..<limit, using: &self)) }
  }
}
