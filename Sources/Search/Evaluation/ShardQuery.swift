internal import Shards

/// A query's terms that a shard has, with their postings, in canonical order.
package struct ShardQuery {
  let reader: PostingsReader
  /// (terms) each: arrays beside each other, so that moving a cursor copies nothing.
  let weights: [Double]
  let entries: [TermEntry]
  var cursors: [PostingCursor]

  /// Looks the terms up. Throws `FormatError`.
  init(_ query: Query, in reader: PostingsReader) throws {
    var weights: [Double] = []
    var entries: [TermEntry] = []
    for term in query.terms {
      guard let entry = try reader.entry(for: term.bytes) else { continue }
      weights.append(Double(term.weight))
      entries.append(entry)
    }
    self.reader = reader
    self.weights = weights
    self.entries = entries
    cursors = try entries.map { try reader.cursor(at: $0, keepsDecoded: true) }
  }

  var count: Int { weights.count }

  /// No document's sum has more of a term than this, where impacts are not negative.
  func bound(_ term: Int, ofImpact impact: Float) -> Double { max(0, weights[term] * Double(impact)) }

  /// The largest sum of absolute contributions that a document can have, where impacts are not negative.
  private var magnitude: Double {
    weights.indices.reduce(0) { $0 + abs(weights[$1]) * Double(entries[$1].maxImpact) }
  }

  /// How far a bound and the sum that it bounds can be wrong together. A search rounds at most four times a term (the
  /// sum in its order, the bounds, what is left of them, the sum in canonical order), each time by 2^-53 of
  /// `magnitude`; this is twice as much.
  var slack: Double { magnitude * Double(count + 2) * 0x1p-50 }

  /// Whether every order of additions gives the same sum, because none is rounded: all products are multiples of a
  /// power of two, and no sum has more than 52 bits above it.
  var sumsAreExact: Bool {
    guard reader.impactKind == .integers else { return false }
    let lowestBit = weights.map { Int($0.exponent) - $0.significandWidth }.min() ?? 0
    return magnitude < Double(sign: .plus, exponent: lowestBit + 52, significand: 1)
  }
}
