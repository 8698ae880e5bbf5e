import Codecs
import Foundation
import Interchange
import Kernels
import Shards

/// Small indexes for tests, and folders for them.
enum TestIndex {
  struct Document {
    let id: String
    var text = ""
    /// Distinct terms.
    let vector: [(term: String, impact: Float)]
  }

  static func withFolder<R>(_ body: (String) throws -> R) throws -> R {
    let folder = NSTemporaryDirectory() + "bigrain-interchange-\(UUID().uuidString)"
    try FileSystem.createDirectories(folder)
    defer { try? FileSystem.removeTree(folder) }
    return try body(folder)
  }

  /// Publishes an index of the shards and gives its folder.
  static func build(_ shards: [[Document]], kind: ImpactKind = .integers, in folder: String) throws -> String {
    let index = IndexFolder(folder + "/index")
    let fingerprint = Fingerprint.of(Array("test".utf8))
    let building = try index.begin(fingerprint)
    var parts: [Manifest.Shard] = []
    for (number, documents) in shards.enumerated() {
      let path = "\(building.path)/shard-000\(number)"
      try FileSystem.createDirectories(path)
      let writer = try DocumentWriter(path: path + "/" + DocumentFormat.fileName, spillFolder: folder)
      for document in documents {
        try writer.append(id: Array(document.id.utf8)[...], text: Array(document.text.utf8)[...])
      }
      _ = try writer.commit()
      try writePostings(documents, kind, path)
      parts.append(try Manifest.Shard.measure(path, documents: documents.count))
    }
    let manifest = Manifest(fingerprint: fingerprint, tool: "test", postings: 0, terms: 0, shards: parts)
    try index.publish(try index.commit(building, manifest: manifest))
    return index.path
  }

  private static func writePostings(_ documents: [Document], _ kind: ImpactKind, _ path: String) throws {
    let writer = try PostingsWriter(directory: path, documentCount: documents.count, impactKind: kind)
    var lists: [[UInt8]: [(document: UInt32, impact: Float)]] = [:]
    for (number, document) in documents.enumerated() {
      for (term, impact) in document.vector { lists[Array(term.utf8), default: []].append((UInt32(number), impact)) }
    }
    for (term, list) in lists.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      try writer.begin(term: term)
      try writer.append(documents: list.map { $0.document }, impacts: list.map { $0.impact }, in: 0..<list.count)
      try writer.endTerm()
    }
    _ = try writer.commit()
  }

  /// Exports to `folder/out` and gives the report.
  @discardableResult
  static func export(
    _ index: String, _ format: any ExportFormat.Type, to path: String, _ options: ExportOptions = ExportOptions()
  ) throws -> ExportReport {
    let output = ExportOutput(path: path)
    let report = try format.export(ExportSource(index), to: output, options: options)
    _ = try output.commit()
    return report
  }

  static func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

  static func text(_ path: String) throws -> String { String(decoding: try read(path), as: UTF8.self) }

  static func golden(_ name: String) throws -> [UInt8] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")
    return try read(folder.appendingPathComponent(name).path)
  }

  /// Two shards, a term in both, an empty document, a term that needs an escape, ids in no order.
  static let toy: [[Document]] = [
    [
      Document(id: "17", text: "a \"quoted\" text", vector: [("b", 3), ("a\"", 255), ("zoë", 1)]),
      Document(id: "3", vector: [("b", 200)]),
    ],
    [Document(id: "20", vector: []), Document(id: "0", text: "x\ty", vector: [("c", 7), ("b", 1)])],
  ]
}
