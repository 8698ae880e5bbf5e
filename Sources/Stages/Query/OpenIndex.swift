internal import Codecs
package import Kernels
package import Quantizers
package import Search
package import Shards

/// A generation, open: what its shards have, each part opened when it is first used. Safe to use from several threads.
package final class OpenIndex: Sendable {
  package let manifest: Manifest
  package let contract: IndexContract
  /// The generation's folder.
  package let path: String
  /// (shards).
  package let documents: [DocumentReader]
  private let postingsParts: LoadOnce<[ShardView]>
  private let vectorParts: LoadOnce<[VectorReader]>
  private let codeParts: LoadOnce<[CodeReader]>
  private let quantizerFile: LoadOnce<ProductQuantizer>
  private let tokenParts: LoadOnce<[TokenVectorReader]>
  private let codecFile: LoadOnce<ResidualCodec>
  private let forwardParts: LoadOnce<[ForwardReader]>

  /// The index lacks what a search was to use.
  package struct Lacking: ExitCoded, CustomStringConvertible {
    let what: String
    let advice: String
    package var exitCode: ExitCode { .configuration }
    package var description: String { "the index has no \(what): \(advice)" }
  }

  /// Opens the published generation of an index, or a generation's folder. Throws `IndexError`, `FormatError`.
  package init(_ index: String) throws {
    let path = try IndexLocation.resolve(index).path
    let manifest = try Manifest.read(from: path)
    let folders = manifest.shards.map { "\(path)/\($0.name)" }
    let documents = try folders.map { try DocumentReader(path: "\($0)/\(DocumentFormat.fileName)") }
    self.path = path
    self.manifest = manifest
    self.documents = documents
    contract = try IndexContract(manifest)
    postingsParts = LoadOnce { try zip(folders, documents).map { try Self.postings($0, $1) } }
    vectorParts = LoadOnce {
      try Self.readers(folders, documents, "dense vectors", "give stage `shard` the input `dense`") { folder in
        try VectorReader.open(folder).map { ($0, $0.count) }
      }
    }
    codeParts = LoadOnce {
      try Self.readers(folders, documents, "codes", "give stage `shard` the inputs `dense` and `quantizer`") { folder in
        try CodeReader.open(folder).map { ($0, $0.count) }
      }
    }
    quantizerFile = LoadOnce { try ProductQuantizer(path: path + "/" + ProductQuantizer.fileName) }
    tokenParts = LoadOnce {
      try Self.readers(folders, documents, "token vectors", "give stage `shard` the inputs `tokens` and `centroids`") {
        folder in try TokenVectorReader.open(folder).map { ($0, $0.count) }
      }
    }
    codecFile = LoadOnce { try ResidualCodec(path: path + "/" + ResidualCodec.fileName) }
    forwardParts = LoadOnce {
      try Self.readers(folders, documents, "forward index", "set `forward: true` in stage `shard`") { folder in
        try ForwardReader.open(folder).map { ($0, $0.count) }
      }
    }
  }

  private static func postings(_ folder: String, _ documents: DocumentReader) throws -> ShardView {
    guard FileSystem.exists(folder + "/" + PostingsWriter.termsName) else {
      throw Lacking(what: "sparse side", advice: "give stage `shard` the input `sparse`")
    }
    let postings = try PostingsReader.open(folder)
    try check(folder, postings.documentCount, documents)
    return ShardView(
      postings: postings, idRank: { UInt32(try documents.rank(of: Int($0))) },
      documentID: { try documents.id(of: Int($0)) })
  }

  private static func readers<Reader>(
    _ folders: [String], _ documents: [DocumentReader], _ what: String, _ advice: String,
    open: (String) throws -> (Reader, Int)?
  ) throws -> [Reader] {
    try zip(folders, documents).map { folder, documents in
      guard let (reader, count) = try open(folder) else { throw Lacking(what: what, advice: advice) }
      try check(folder, count, documents)
      return reader
    }
  }

  private static func check(_ folder: String, _ count: Int, _ documents: DocumentReader) throws {
    guard count == documents.count else {
      throw FormatError.corrupt(
        path: folder, detail: "a part is of \(count) documents, `documents` has \(documents.count)")
    }
  }

  /// (shards). Each throws `Lacking` where the index was built without it.
  package func postings() throws -> [ShardView] { try postingsParts.get() }
  package func vectors() throws -> [VectorReader] { try vectorParts.get() }
  package func codes() throws -> [CodeReader] { try codeParts.get() }
  package func quantizer() throws -> ProductQuantizer { try quantizerFile.get() }
  package func tokens() throws -> [TokenVectorReader] { try tokenParts.get() }
  package func codec() throws -> ResidualCodec { try codecFile.get() }
  package func forward() throws -> [ForwardReader] { try forwardParts.get() }

  /// Whether the shards have a file of this name.
  package func has(_ fileName: String) -> Bool {
    manifest.shards.contains { $0.files.contains { $0.name == fileName } }
  }

  package var hasPostings: Bool { has(PostingsWriter.termsName) }
  package var hasCodes: Bool { has(CodeWriter.fileName) }
  package var hasVectors: Bool { VectorEncoding.allCases.contains { has($0.fileName) } }

  /// A document's id.
  package func id(of hit: Hit) throws -> [UInt8] { try documents[hit.shard].id(of: Int(hit.document)) }

  /// The first `k` in the order of results.
  func best(_ hits: [Hit], k: Int) throws -> [Hit] { try HitOrder.best(hits, k: k, id: id) }

  /// Documents by shard, ascending, with their places in `hits`.
  static func byShard(_ hits: [Hit]) -> [(shard: Int, places: [Int])] {
    Dictionary(grouping: hits.indices, by: { hits[$0].shard }).sorted { $0.key < $1.key }.map { shard, places in
      (shard, places.sorted { hits[$0].document < hits[$1].document })
    }
  }
}
