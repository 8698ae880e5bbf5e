/// What the dictionary knows of a term: where its list lies, and what a search may assume of it unread.
package struct TermEntry: Sendable, Hashable {
  /// The term's place in byte order, from 0.
  package let ordinal: Int
  /// Documents that have the term, which is the number of its postings; at least 1.
  package let documentFrequency: Int
  /// Bytes of the list in the section `lists` of `postings`; a list that stands in `terms` has none there.
  package let offset: Int
  package let length: Int
  /// The list's first entry in `blockmax`; lists of one block have none.
  package let firstBlock: Int
  /// The largest impact in the list.
  package let maxImpact: Float
  /// CRC-32C: of the list's bytes, in version 1 only if it is one block, else of its entries in `blockmax`, which have one
  /// for each block. 0 for a list that stands in `terms`.
  package let checksum: UInt32
  /// Postings of a full block.
  package var blockCapacity = PostingBlock.capacity
  /// Which of the model's codes the impacts have (from version 2 on).
  package var impactClass: UInt8 = 0
  /// Where the list stands in the section `blocks` of `terms`, in version 2 in bytes, in version 3 in bits; `nil` where it
  /// is in `postings`.
  package var inlineOffset: Int?

  /// Blocks of the list.
  package var blockCount: Int { (documentFrequency + blockCapacity - 1) / blockCapacity }
  /// Entries of the list in `blockmax`, which only version 1 has.
  package var blockEntries: Int { blockCount > 1 && blockCapacity == PostingBlock.capacity ? blockCount : 0 }
}

/// Numbers of a whole shard, kept with its terms.
package struct PostingTotals: Sendable, Hashable {
  /// Documents of the shard, with postings or without; below 2^32 - 1.
  package var documentCount: Int
  package var impactKind: ImpactKind
  package var termCount = 0
  package var postingCount = 0
  /// Bytes of all lists.
  package var listBytes = 0
  /// Entries of `blockmax`.
  package var blockEntries = 0
  /// The smallest impact of all postings, 0 if there are none.
  package var minImpact: Float = 0
}
