/// In which form a shard's lists are written. The name is what YAML says; readers know all of them.
package enum PostingsForm: String, Sendable, Codable, CaseIterable {
  /// Version 1, packed blocks: what searches read fastest (see `BlockPostingsWriter`).
  case fast
  /// Version 3, codes fitted to the shard: some 0.6 of the bytes, and slower to decode (see `FittedPostingsWriter`).
  /// Impacts that are floats have no such form and are written as `fast`.
  case small

  /// A writer of it. Throws `FileError`.
  func writer(
    directory: String, documentCount: Int, impactKind: ImpactKind, attempt: Int
  ) throws -> any ShardPostingsWriter {
    if self == .small, impactKind == .integers {
      return try FittedPostingsWriter(directory: directory, documentCount: documentCount, attempt: attempt)
    }
    return try BlockPostingsWriter(
      directory: directory, documentCount: documentCount, impactKind: impactKind, codec: PostingCodecs.all[0],
      attempt: attempt)
  }
}
