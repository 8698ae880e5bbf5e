package import Shards

/// What a search needs of one shard.
package struct ShardView: Sendable {
  package let postings: PostingsReader
  /// The place of a document's id among the shard's ids in byte order: it breaks ties of scores.
  package let idRank: @Sendable (UInt32) throws -> UInt32
  /// A document's id: it breaks ties between shards.
  package let documentID: @Sendable (UInt32) throws -> [UInt8]

  package init(
    postings: PostingsReader, idRank: @escaping @Sendable (UInt32) throws -> UInt32,
    documentID: @escaping @Sendable (UInt32) throws -> [UInt8]
  ) {
    self.postings = postings
    self.idRank = idRank
    self.documentID = documentID
  }
}

/// A document found.
package struct Hit: Sendable, Hashable {
  /// Index into the shards that were searched.
  package let shard: Int
  package let document: UInt32
  /// Above zero, where it comes from postings.
  package let score: Float

  package init(shard: Int, document: UInt32, score: Float) {
    self.shard = shard
    self.document = document
    self.score = score
  }

  /// Which document, whatever its score.
  package struct Place: Hashable, Sendable {
    package let shard: Int
    package let document: UInt32
  }

  package var place: Place { Place(shard: shard, document: document) }
}
