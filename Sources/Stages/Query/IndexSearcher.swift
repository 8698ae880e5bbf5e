internal import Codecs
internal import Dispatch
internal import Kernels
package import Search
package import Shards
internal import Synchronization

/// An open index: texts in, ranked passages out. Safe to use from several threads.
package final class IndexSearcher: Sendable {
  /// A passage found.
  package struct Passage: Sendable {
    package let id: [UInt8]
    package let score: Float
    fileprivate let shard: Int
    fileprivate let document: UInt32
  }

  package let manifest: Manifest
  private let encoder: QueryEncoder
  private let shards: [ShardView]
  private let documents: [DocumentReader]

  /// Opens the published generation of an index, or a generation's folder. Throws `IndexError`, `FormatError`.
  package init(_ path: String, model: String? = nil) throws {
    let location = try IndexLocation.resolve(path)
    manifest = try Manifest.read(from: location.path)
    encoder = try QueryEncoder(IndexContract(manifest), model: model)
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
        postings: postings, idRank: { UInt32(try reader.rank(of: Int($0))) }, documentID: { try reader.id(of: Int($0)) })
    }
  }

  /// The best `k` passages, ties by id ascending.
  package func search(_ text: [UInt8], k: Int, strategy: any EvaluationStrategy.Type) throws -> [Passage] {
    try TopK.search(encoder.encode(text), shards: shards, k: k, strategy: strategy).map { hit in
      Passage(
        id: try documents[hit.shard].id(of: Int(hit.document)), score: hit.score, shard: hit.shard,
        document: hit.document)
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
