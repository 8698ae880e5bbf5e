package import Kernels

/// Up to 128 postings of one term in memory: the unit of coding and of skipping.
package struct PostingBlock: Sendable {
  package static let capacity = 128
  /// (128): the first `count` are valid and ascend.
  package var documents = [UInt32](repeating: 0, count: capacity)
  /// (128): as `documents`.
  package var impacts = [Float](repeating: 0, count: capacity)
  package var count = 0

  package init() {}
}

/// A way to write a block of postings. A new one is one file and one line in `PostingCodecs`.
///
/// Blocks are independent: `base` is the last document of the block before, or 2^32 - 1 for the first, so that the
/// first gap is the first document + 1 modulo 2^32. Decoders may be given any bytes: they throw, never trap.
package protocol PostingCodec: Sendable {
  /// The name on the disk, at most 16 ASCII characters.
  static var name: String { get }

  /// Appends the block's bytes. Impacts are integers of 1...65535 if `kind` says so.
  static func encode(_ block: PostingBlock, after base: UInt32, kind: ImpactKind, into output: inout [UInt8])

  /// Decodes the documents of a block of `count`, the rest of `documents` (128) is undefined; returns where the impacts
  /// begin. `bytes` are the block's. Throws `ByteView.OutOfBounds` and `VarintList.Malformed`.
  static func decodeDocuments(
    _ bytes: ByteView, count: Int, after base: UInt32, into documents: inout [UInt32]
  ) throws -> Int

  /// Decodes the impacts (128), which begin at `offset`. Throws as `decodeDocuments`.
  static func decodeImpacts(
    _ bytes: ByteView, at offset: Int, count: Int, kind: ImpactKind, into impacts: inout [Float]
  ) throws
}

/// All codecs that this program knows; the first is what writers use unless told otherwise.
package enum PostingCodecs {
  package static let all: [any PostingCodec.Type] = [BitPackedCodec.self]

  package static func named(_ name: String) -> (any PostingCodec.Type)? { all.first { $0.name == name } }
}
