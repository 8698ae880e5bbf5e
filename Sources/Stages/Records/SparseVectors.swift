package import Codecs
package import Dataflow

/// A sparse vector for each passage: terms and their weights.
package struct SparseVectors: Sendable {
  package static let type = RecordType(
    "SparseVector", columns: ["ids", "vocabulary", "offsets", "terms", "weights"],
    layout: [.rows, .vocabulary, .offsets, .words, .entries])

  /// (rows).
  package let ids: ByteStrings
  /// The chunk's distinct terms.
  package let vocabulary: ByteStrings
  /// (rows + 1).
  package let offsets: [UInt32]
  /// (entries): index into `vocabulary`, each at most once a passage.
  package let terms: [UInt32]
  /// (entries): finite.
  package let weights: [Float]

  package init(ids: ByteStrings, vocabulary: ByteStrings, offsets: [UInt32], terms: [UInt32], weights: [Float]) {
    precondition(offsets.count == ids.count + 1 && terms.count == weights.count)
    self.ids = ids
    self.vocabulary = vocabulary
    self.offsets = offsets
    self.terms = terms
    self.weights = weights
  }

  /// - Precondition: the batch is of this type, which the graph has checked.
  package init(_ batch: Batch) {
    guard case .strings(let ids) = batch.columns[0], case .strings(let vocabulary) = batch.columns[1],
      case .integers(let offsets) = batch.columns[2], case .integers(let terms) = batch.columns[3],
      case .floats(let weights) = batch.columns[4]
    else { preconditionFailure("a batch of \(batch.type) where sparse vectors were promised") }
    self.init(ids: ids, vocabulary: vocabulary, offsets: offsets, terms: terms, weights: weights)
  }

  package func batch() -> Batch {
    Batch(
      Self.type, rows: ids.count,
      columns: [.strings(ids), .strings(vocabulary), .integers(offsets), .integers(terms), .floats(weights)])
  }
}

/// Sparse vectors whose weights are whole numbers: what an index of impacts stores.
package struct ImpactVectors: Sendable {
  package static let type = RecordType("Impacts", columns: ["ids", "vocabulary", "offsets", "terms", "impacts"])

  package let ids: ByteStrings
  package let vocabulary: ByteStrings
  /// (rows + 1).
  package let offsets: [UInt32]
  package let terms: [UInt32]
  /// (entries): 0 where rounding left nothing.
  package let impacts: [UInt16]

  package init(ids: ByteStrings, vocabulary: ByteStrings, offsets: [UInt32], terms: [UInt32], impacts: [UInt16]) {
    precondition(offsets.count == ids.count + 1 && terms.count == impacts.count)
    self.ids = ids
    self.vocabulary = vocabulary
    self.offsets = offsets
    self.terms = terms
    self.impacts = impacts
  }

  /// - Precondition: the batch is of this type, which the graph has checked.
  package init(_ batch: Batch) {
    guard case .strings(let ids) = batch.columns[0], case .strings(let vocabulary) = batch.columns[1],
      case .integers(let offsets) = batch.columns[2], case .integers(let terms) = batch.columns[3],
      case .shorts(let impacts) = batch.columns[4]
    else { preconditionFailure("a batch of \(batch.type) where impacts were promised") }
    self.init(ids: ids, vocabulary: vocabulary, offsets: offsets, terms: terms, impacts: impacts)
  }

  package func batch(notices: [String: Int] = [:]) -> Batch {
    Batch(
      Self.type, rows: ids.count,
      columns: [.strings(ids), .strings(vocabulary), .integers(offsets), .integers(terms), .shorts(impacts)],
      notices: notices)
  }
}
