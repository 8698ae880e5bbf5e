import Codecs
import Kernels
import Shards

extension Fixture {
  static func fingerprint(_ name: String) -> Fingerprint { .of(Array(name.utf8)) }

  /// Fills a building folder with two small shards and a file beside them, and gives its manifest.
  static func fill(_ folder: String, _ name: String) throws -> Manifest {
    var shards: [Manifest.Shard] = []
    for number in 0..<2 {
      let shard = "\(folder)/shard-000\(number)"
      try FileSystem.createDirectories(shard)
      let documents = (0..<(3 + number)).map { document in
        (id: Array("\(name)-\(number)-\(document)".utf8), text: Array("text \(document)".utf8))
      }
      try writeDocuments(documents, to: "\(shard)/documents")
      let terms = try EnvelopeWriter(path: "\(shard)/terms", kind: FileKind("terms"))
      try terms.section("data", Array("terms of \(name)".utf8))
      _ = try terms.commit()
      shards.append(try Manifest.Shard.measure(shard, documents: documents.count))
    }
    let quarantine = try DurableFile.write(Array("{}\n".utf8), to: "\(folder)/quarantine.jsonl")
    return Manifest(
      fingerprint: fingerprint(name), tool: "bigrain 1.0", postings: 9, terms: 7, shards: shards,
      files: [Manifest.File(name: "quarantine.jsonl", seal: quarantine)], contract: ["encoder": "bm25", "k1": 1.2],
      quarantined: ["emptyText": 1])
  }

  /// Builds a generation that is not published.
  @discardableResult
  static func build(_ index: IndexFolder, _ name: String) throws -> Generation {
    let building = try index.begin(fingerprint(name))
    return try index.commit(building, manifest: try fill(building.path, name))
  }

  /// All plain files below a folder.
  static func files(_ folder: String) throws -> [String] {
    try FileSystem.list(folder).flatMap { name -> [String] in
      let path = "\(folder)/\(name)"
      return try FileSystem.status(path)?.isDirectory == true ? files(path) : [path]
    }
  }
}
