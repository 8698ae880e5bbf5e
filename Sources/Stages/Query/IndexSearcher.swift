internal import Codecs
internal import Dispatch
internal import Kernels
package import Search
package import Shards
internal import Synchronization
internal import Tokenizers

/// An open index: texts in, ranked passages out. Safe to use from several threads.
package final class IndexSearcher: Sendable {
  /// A passage found.
  package struct Passage: Sendable {
    /// The document's id, also where the index holds parts of documents.
    package let id: [UInt8]
    package let score: Float
    fileprivate let shard: Int
    fileprivate let document: UInt32
  }

  package let manifest: Manifest
  private let encoder: QueryEncoder
  private let shards: [ShardView]
  private let documents: [DocumentReader]
  /// Whether the index holds parts of documents: the best part stands for its document.
  private let isSegmented: Bool

  /// Opens the published generation of an index, or a generation's folder. Throws `IndexError`, `FormatError`.
  package init(_ path: String, model: String? = nil) throws {
    let location = try IndexLocation.resolve(path)
    manifest = try Manifest.read(from: location.path)
    let contract = try IndexContract(manifest)
    encoder = try QueryEncoder(contract, model: model)
    isSegmented = contract.stage(using: Segment.name) != nil
    documents = try manifest.shards.map { shard in
      try DocumentReader(path: "\(location.path)/\(shard.name)/\(DocumentFormat.fileName)")
    }
    shards = try zip(manifest.shards, documents).map { shard, reader in
      let postings = try PostingsReader.open("\(location.path)/\(shard.name)")
      guard postings.documentCount == reader.count else {
        throw FormatError.corrupt(
          path: "\(location.path)/\(shard.name)",
          detail: "postings are of \(postings.documentCount) documents, `documents` has \(reader.count)")
      }
      return ShardView(
        postings: postings, idRank: { UInt32(try reader.rank(of: Int($0))) }, documentID: { try reader.id(of: Int($0)) }
      )
    }
  }

  /// The best `k` passages, ties by id ascending; of a document that was cut into parts, the best part.
  package func search(_ text: [UInt8], k: Int, strategy: any EvaluationStrategy.Type) throws -> [Passage] {
    let query = try encoder.encode(text)
    guard isSegmented else { return try passages(query, k, strategy) }
    var wanted = k
    while true {
      // A document's parts may fill the list: ask for more until k documents are in it, or there are no more parts.
      wanted *= 4
      let parts = try passages(query, wanted, strategy)
      let best = bestParts(parts)
      if parts.count < wanted || best.count > k { return Array(best.prefix(k)) }
    }
  }

  private func passages(_ query: Query, _ k: Int, _ strategy: any EvaluationStrategy.Type) throws -> [Passage] {
    try TopK.search(query, shards: shards, k: k, strategy: strategy).map { hit in
      Passage(
        id: try documents[hit.shard].id(of: Int(hit.document)), score: hit.score, shard: hit.shard,
        document: hit.document)
    }
  }

  /// The first part of each document, under the document's id; documents of equal score by id.
  private func bestParts(_ parts: [Passage]) -> [Passage] {
    var seen: Set<[UInt8]> = []
    let best = parts.compactMap { part -> Passage? in
      let document = Array(PassageIdentifier.document(of: part.id))
      guard seen.insert(document).inserted else { return nil }
      return Passage(id: document, score: part.score, shard: part.shard, document: part.document)
    }
    return best.sorted { left, right in
      left.score != right.score ? left.score > right.score : left.id.lexicographicallyPrecedes(right.id)
    }
  }

  /// The stored text of a passage; `nil` if the index has none.
  package func text(of passage: Passage) throws -> [UInt8]? {
    try documents[passage.shard].text(of: Int(passage.document))
  }

  /// Answers all queries on `threads` threads; `body` gets them in order.
  package func search(
    _ queries: [(id: [UInt8], text: [UInt8])], k: Int, strategy: any EvaluationStrategy.Type, threads: Int,
    body: (_ id: [UInt8], _ passages: [Passage]) throws -> Void
  ) throws {
    for start in stride(from: 0, to: queries.count, by: 64) {
      let part = Array(queries[start..<min(start + 64, queries.count)])
      let results = Mutex<[Int: Result<[Passage], any Error>]>([:])
      let next = Mutex(0)
      DispatchQueue.concurrentPerform(iterations: max(1, min(threads, part.count))) { _ in
        while true {
          let index = next.withLock { next -> Int in
            defer { next += 1 }
            return next
          }
          guard index < part.count else { return }
          let result = Result { try search(part[index].text, k: k, strategy: strategy) }
          results.withLock { $0[index] = result }
        }
      }
      let found = results.withLock { $0 }
      for index in part.indices { if let result = found[index] { try body(part[index].id, result.get()) } }
    }
  }
}
