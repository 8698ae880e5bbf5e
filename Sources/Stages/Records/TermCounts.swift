package import Codecs
package import Dataflow

/// How often each term occurs in each passage: what a lexical analyser gives.
package struct TermCounts: Sendable {
  package static let type = RecordType(
    "TermCounts", columns: ["ids", "vocabulary", "offsets", "terms", "counts", "lengths"])

  /// (rows).
  package var ids = ByteStrings()
  /// The chunk's distinct terms in the order in which they first occur.
  package var vocabulary = ByteStrings()
  /// (rows + 1): passage d has the entries `offsets[d]..<offsets[d + 1]`.
  package var offsets: [UInt32] = [0]
  /// (entries): index into `vocabulary`, each at most once a passage.
  package var terms: [UInt32] = []
  /// (entries): at least 1.
  package var counts: [UInt32] = []
  /// (rows): terms of the passage, repetitions included.
  package var lengths: [UInt32] = []

  package init() {}

  /// - Precondition: the batch is of this type, which the graph has checked.
  package init(_ batch: Batch) {
    guard case .strings(let ids) = batch.columns[0], case .strings(let vocabulary) = batch.columns[1],
      case .integers(let offsets) = batch.columns[2], case .integers(let terms) = batch.columns[3],
      case .integers(let counts) = batch.columns[4], case .integers(let lengths) = batch.columns[5]
    else { preconditionFailure("a batch of \(batch.type) where term counts were promised") }
    self.ids = ids
    self.vocabulary = vocabulary
    self.offsets = offsets
    self.terms = terms
    self.counts = counts
    self.lengths = lengths
  }

  package func batch() -> Batch {
    Batch(
      Self.type, rows: ids.count,
      columns: [
        .strings(ids), .strings(vocabulary), .integers(offsets), .integers(terms), .integers(counts),
        .integers(lengths),
      ], tokens: lengths.reduce(0) { $0 + Int($1) })
  }
}
