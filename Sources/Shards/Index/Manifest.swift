package import Codecs
internal import Kernels

/// What a generation consists of: every file with size and digest, and the contract that `search` reuses.
///
/// `manifest.json` is JSON for people and `jq`. Its bytes depend on the content of the index only: no times, no
/// absolute paths, no generation's number.
/// ```
/// {
///   "contract": ...,                    given by the caller: encoder, tokenizer, quantizer, rounding
///   "documents": 2,                     of all shards
///   "files": [                          beside the manifest, by name
///     {"name": ..., "sha256": ..., "size": ...}
///   ],
///   "fingerprint": "64 hex digits",     of what the index was built from
///   "format": 1,
///   "postings": 9,
///   "quarantined": {"reason": count},
///   "shards": [                         by name
///     {"documents": 2, "files": [...], "name": "shard-0000"}
///   ],
///   "terms": 7,
///   "tool": "bigrain 1.0",
///   "sha256": "64 hex digits"}
/// ```
/// with one member or element a line, two spaces of indentation a level, members sorted by name. The last line is the
/// seal, the one member out of order: the SHA-256 of all bytes before that line. So a changed, missing or added byte
/// anywhere in the manifest is found. `format` and the seal stay where they are in all versions.
///
/// Version history: 1.
package struct Manifest: Sendable, Equatable {
  package static let fileName = "manifest.json"
  package static let versions = 1...1

  /// A file and what it must be.
  package struct File: Sendable, Equatable {
    /// Without folders.
    package let name: String
    package let seal: FileSeal

    package init(name: String, seal: FileSeal) {
      self.name = name
      self.seal = seal
    }
  }

  package struct Shard: Sendable, Equatable {
    /// The folder's name.
    package let name: String
    package let documents: Int
    package let files: [File]

    package init(name: String, documents: Int, files: [File]) {
      self.name = name
      self.documents = documents
      self.files = files.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
  }

  /// Of what the index was built from.
  package let fingerprint: Fingerprint
  /// The program's name and version.
  package let tool: String
  package let postings: Int
  package let terms: Int
  package let shards: [Shard]
  /// Files beside the manifest, such as `quarantine.jsonl`.
  package let files: [File]
  package let contract: JSONValue
  /// How many records went to quarantine, by reason.
  package let quarantined: [String: Int]

  package init(
    fingerprint: Fingerprint, tool: String, postings: Int, terms: Int, shards: [Shard], files: [File] = [],
    contract: JSONValue = .object([]), quarantined: [String: Int] = [:]
  ) {
    self.fingerprint = fingerprint
    self.tool = tool
    self.postings = postings
    self.terms = terms
    self.shards = shards.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    self.files = files.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    self.contract = contract
    self.quarantined = quarantined
  }

  /// Documents of all shards.
  package var documents: Int { shards.reduce(0) { $0 + $1.documents } }

  /// Every listed file with its path inside the generation.
  package var allFiles: [(path: String, seal: FileSeal)] {
    files.map { ($0.name, $0.seal) }
      + shards.flatMap { shard in shard.files.map { ("\(shard.name)/\($0.name)", $0.seal) } }
  }

  /// Bytes of all listed files.
  package var bytes: Int { allFiles.reduce(0) { $0 + $1.seal.size } }
}

extension Manifest.Shard {
  /// Seals all files of a shard's folder, reading each.
  package static func measure(_ folder: String, documents: Int) throws -> Manifest.Shard {
    let files = try FileSystem.list(folder).map { name in
      Manifest.File(name: name, seal: try FileSeal.measure("\(folder)/\(name)"))
    }
    return Manifest.Shard(name: FileSystem.lastComponent(of: folder), documents: documents, files: files)
  }
}
