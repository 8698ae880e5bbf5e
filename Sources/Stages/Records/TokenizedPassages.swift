package import Codecs
package import Dataflow

/// Passages as the token ids of a model's vocabulary, without special tokens.
package struct TokenizedPassages: Sendable {
  package static let type = RecordType(
    "TokenizedPassage", columns: ["ids", "offsets", "tokens"], layout: [.rows, .offsets, .entries])

  /// (rows).
  package let ids: ByteStrings
  /// (rows + 1): passage d has the tokens `offsets[d]..<offsets[d + 1]`.
  package let offsets: [UInt32]
  package let tokens: [UInt32]

  package init(ids: ByteStrings, offsets: [UInt32], tokens: [UInt32]) {
    precondition(offsets.count == ids.count + 1)
    self.ids = ids
    self.offsets = offsets
    self.tokens = tokens
  }

  /// - Precondition: the batch is of this type, which the graph has checked.
  package init(_ batch: Batch) {
    guard case .strings(let ids) = batch.columns[0], case .integers(let offsets) = batch.columns[1],
      case .integers(let tokens) = batch.columns[2]
    else { preconditionFailure("a batch of \(batch.type) where tokenized passages were promised") }
    self.init(ids: ids, offsets: offsets, tokens: tokens)
  }

  package func batch() -> Batch {
    Batch(
      Self.type, rows: ids.count, columns: [.strings(ids), .integers(offsets), .integers(tokens)],
      tokens: tokens.count)
  }
}
