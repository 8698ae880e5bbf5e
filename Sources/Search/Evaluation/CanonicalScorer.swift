internal import Shards

/// Computes sums again in canonical order, for documents that were summed in another.
///
/// Has cursors of its own, because those of the search have moved on; they are opened when they are first needed.
struct CanonicalScorer {
  private let query: ShardQuery
  private var cursors: [PostingCursor] = []

  init(_ query: ShardQuery) { self.query = query }

  /// The exact sum of `document`. Documents must ascend. Throws `FormatError`.
  mutating func sum(_ document: UInt32) throws -> Double {
    if cursors.isEmpty { cursors = try query.terms.map { try query.reader.cursor(at: $0.entry) } }
    var sum = 0.0
    for term in cursors.indices {
      if let impact = try cursors[term].impact(in: document) { sum += query.terms[term].weight * Double(impact) }
    }
    return sum
  }
}
