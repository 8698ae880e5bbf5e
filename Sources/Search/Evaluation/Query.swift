package import Kernels

/// A weighted bag of terms: what is searched.
///
/// The score of a document is the sum over the terms, in ascending order of their bytes, of `Double(weight) *
/// Double(impact)`, rounded to `Float` at the end. Every strategy computes exactly this.
package struct Query: Sendable, Hashable {
  package struct Term: Sendable, Hashable {
    package let bytes: [UInt8]
    /// Finite, not zero.
    package let weight: Float
  }

  /// Distinct, ascending as bytes.
  package let terms: [Term]

  /// A weight that is not finite, given or as a sum.
  package struct InvalidWeight: ExitCoded, CustomStringConvertible {
    package let term: [UInt8]
    package let weight: Float
    package var exitCode: ExitCode { .badData }
    package var description: String {
      "the query's term `\(String(decoding: term.prefix(200), as: UTF8.self))` has weight \(weight), which is not finite"
    }
  }

  /// Weights of equal terms are added up in the order given; terms that then weigh nothing are left out. Throws
  /// `InvalidWeight`.
  package init(_ weighted: some Sequence<(term: [UInt8], weight: Float)>) throws {
    var weights: [[UInt8]: Float] = [:]
    for (term, weight) in weighted { weights[term, default: 0] += weight }
    for (term, weight) in weights where !weight.isFinite { throw InvalidWeight(term: term, weight: weight) }
    terms = weights.filter { $0.value != 0 }.map { Term(bytes: $0.key, weight: $0.value) }
      .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
  }

  /// Each term counts as often as it is there.
  package init(terms: [[UInt8]]) throws { try self.init(terms.map { (term: $0, weight: 1) }) }
}
