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
    postingsParts = LoadOnce {
      try Self.readers(manifest, path, documents, Self.sparse) { folder, documents in
        let postings = try PostingsReader.open(folder)
        let view = ShardView(
          postings: postings, idRank: { UInt32(try documents.rank(of: Int($0))) },
          documentID: { try documents.id(of: Int($0)) })
        return (view, postings.documentCount)
      }
    }
    vectorParts = LoadOnce {
      try Self.readers(manifest, path, documents, Self.dense) { folder, _ in
        try VectorReader.open(folder).map { ($0, $0.count) }
      }
    }
    codeParts = LoadOnce {
      try Self.readers(manifest, path, documents, Self.codes) { folder, _ in
        try CodeReader.open(folder).map { ($0, $0.count) }
      }
    }
    quantizerFile = LoadOnce { try ProductQuantizer(path: path + "/" + ProductQuantizer.fileName) }
    tokenParts = LoadOnce {
      try Self.readers(manifest, path, documents, Self.tokens) { folder, _ in
        try TokenVectorReader.open(folder).map { ($0, $0.count) }
      }
    }
    codecFile = LoadOnce { try ResidualCodec(path: path + "/" + ResidualCodec.fileName) }
    forwardParts = LoadOnce {
      try Self.readers(manifest, path, documents, Self.forward) { folder, _ in
        try ForwardReader.open(folder).map { ($0, $0.count) }
      }
    }
  }

  /// A part of a shard as a search asks for it: the files that it may be in, and what to say where the index lacks it.
  private struct Part {
    let files: [String]
    let what: String
    let advice: String
  }

  private static let sparse = Part(
    files: [PostingsWriter.termsName], what: "sparse side", advice: "give stage `shard` the input `sparse`")
  private static let dense = Part(
    files: VectorEncoding.allCases.map { $0.fileName }, what: "dense vectors",
    advice: "give stage `shard` the input `dense`")
  private static let codes = Part(
    files: [CodeWriter.fileName], what: "codes", advice: "give stage `shard` the inputs `dense` and `quantizer`")
  private static let tokens = Part(
    files: [TokenVectorWriter.fileName], what: "token vectors",
    advice: "give stage `shard` the inputs `tokens` and `centroids`")
  private static let forward = Part(
    files: [ForwardWriter.fileName], what: "forward index", advice: "set `forward: true` in stage `shard`")

  /// Opens a part of every shard. What the manifest lists is there or damaged, what it does not list is `Lacking`.
  private static func readers<Reader>(
    _ manifest: Manifest, _ path: String, _ documents: [DocumentReader], _ part: Part,
    open: (String, DocumentReader) throws -> (Reader, Int)?
  ) throws -> [Reader] {
    try zip(manifest.shards, documents).map { shard, documents in
      let folder = "\(path)/\(shard.name)"
      guard let file = shard.files.first(where: { part.files.contains($0.name) }) else {
        throw Lacking(what: part.what, advice: part.advice)
      }
      guard FileSystem.exists("\(folder)/\(file.name)"), let (reader, count) = try open(folder, documents) else {
        throw FormatError.corrupt(path: "\(folder)/\(file.name)", detail: "it is missing")
      }
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

  /// Throws `Lacking` where there are no codes in lists.
  func checkLists() throws {
    if !hasCodes { throw Lacking(what: Self.codes.what, advice: Self.codes.advice) }
    if try quantizer().lists == nil {
      throw Lacking(what: "lists of codes", advice: "set `lists` in stage `\(FitPQ.name)`, or search without `probes`")
    }
  }

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
