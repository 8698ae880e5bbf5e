internal import Codecs
internal import Kernels

/// Directories of lists, and the blocks of those in fitted codes, versions 2 and 3.
extension PostingsReader {
  /// Where the blocks of a list are; `maxima` are its entries in `blockmax` (version 1). Throws what says that it is
  /// damaged.
  func directory(_ list: ByteView, _ entry: TermEntry, maxima: ByteView? = nil) throws -> BlockDirectory {
    let directory =
      switch coding {
      case .blocks: try BlockDirectory(maxima: maxima ?? ByteView([]), entry, list)
      case .fitted: try BlockDirectory(list, entry)
      case .packed: try BlockDirectory(packed: list, entry)
      }
    guard directory.ascends(below: documentCount) else {
      throw FormatError.corrupt(
        path: maximaPath, detail: "the blocks of term \(entry.ordinal) do not end one behind the other")
    }
    return directory
  }

  /// Decodes a block of `count` postings behind document `base` into both arrays from `start` on; `false` where it is
  /// malformed.
  func decode(
    _ block: ByteView, of entry: TermEntry, count: Int, after base: UInt32, into documents: inout [UInt32],
    _ impacts: inout [Float], at start: Int
  ) -> Bool {
    switch coding {
    case .blocks: return false
    case .packed(let model) where entry.inlineOffset != nil:
      return model.decodeShort(
        block, at: (entry.inlineOffset ?? 0) % 8, frequency: count, impactClass: entry.impactClass, into: &documents,
        &impacts) != nil
    case .fitted(let model), .packed(let model):
      return model.decode(
        block, count: count, after: base, frequency: entry.documentFrequency, impactClass: entry.impactClass,
        into: &documents, &impacts, at: start)
    }
  }
}
