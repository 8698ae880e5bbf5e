internal import Shards

/// A query's terms that a shard has, with their postings, in canonical order.
package struct ShardQuery {
  struct Term {
    let weight: Double
    let entry: TermEntry
    var cursor: PostingCursor
    /// No document's score has more of this term, where impacts are not negative.
    var bound: Double { bound(ofImpact: cursor.maxImpact) }

    func bound(ofImpact impact: Float) -> Double { max(0, weight * Double(impact)) }
  }

  let reader: PostingsReader
  var terms: [Term]

  /// Looks the terms up. Throws `FormatError`.
  init(_ query: Query, in reader: PostingsReader) throws {
    self.reader = reader
    terms = try query.terms.compactMap { term in
      guard let entry = try reader.entry(for: term.bytes) else { return nil }
      return Term(weight: Double(term.weight), entry: entry, cursor: try reader.cursor(at: entry))
    }
  }

  /// The largest sum of absolute contributions that a document can have, where impacts are not negative.
  private var magnitude: Double {
    terms.reduce(0) { $0 + abs($1.weight) * Double($1.cursor.maxImpact) }
  }

  /// How far a bound and the sum that it bounds can be wrong together. A search rounds at most four times a term (the
  /// sum in its order, the bounds, what is left of them, the sum in canonical order), each time by 2^-53 of `magnitude`;
  /// this is twice as much.
  var slack: Double { magnitude * Double(terms.count + 2) * 0x1p-50 }

  /// Whether every order of additions gives the same sum, because none is rounded: all products are multiples of a power
  /// of two, and no sum has more than 52 bits above it.
  var sumsAreExact: Bool {
    guard reader.impactKind == .integers else { return false }
    let lowestBit = terms.map { Int($0.weight.exponent) - $0.weight.significandWidth }.min() ?? 0
    return magnitude < Double(sign: .plus, exponent: lowestBit + 52, significand: 1)
  }
}
