internal import Shards

/// Computes sums again in canonical order, for documents that were summed in another.
///
/// Has cursors of its own, because those of the search have moved on; they are opened when they are first needed.
struct CanonicalScorer {
  private let reader: PostingsReader
  private let weights: [Double]
  private let entries: [TermEntry]
  private var cursors: [PostingCursor] = []

  init(_ query: ShardQuery) {
    reader = query.reader
    weights = query.weights
    entries = query.entries
  }

  /// The exact sum of `document`. Documents must ascend. Throws `FormatError`.
  mutating func sum(_ document: UInt32) throws -> Double {
    if cursors.isEmpty { cursors = try entries.map { try reader.cursor(at: $0, keepsDecoded: true) } }
    var sum = 0.0
    for term in cursors.indices {
      if let impact = try cursors[term].impact(in: document) { sum += weights[term] * Double(impact) }
    }
    return sum
  }
}
