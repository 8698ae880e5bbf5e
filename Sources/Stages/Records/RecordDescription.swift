package import Dataflow
internal import Foundation

/// Records as lines for people: what `explain` prints.
package enum RecordDescription {
  /// The rows of a batch; nothing for a type without a description.
  package static func lines(_ batch: Batch) -> [String] {
    switch batch.type {
    case Passages.type.name: passages(Passages(batch))
    case TermCounts.type.name: counts(TermCounts(batch))
    case SparseVectors.type.name: weights(SparseVectors(batch))
    case ImpactVectors.type.name: impacts(ImpactVectors(batch))
    case TokenizedPassages.type.name: tokens(TokenizedPassages(batch))
    case DenseVectors.type.name: vectors(DenseVectors(batch))
    case MultiVectors.type.name: tokenVectors(MultiVectors(batch))
    default: ["\(batch.rows) records of type \(batch.type)"]
    }
  }

  private static func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }

  private static func passages(_ passages: Passages) -> [String] {
    (0..<passages.ids.count).map { "\(text(passages.ids[$0])): \(text(passages.texts[$0]))" }
  }

  private static func counts(_ counts: TermCounts) -> [String] {
    (0..<counts.ids.count).flatMap { row in
      let entries = Int(counts.offsets[row])..<Int(counts.offsets[row + 1])
      let terms = entries.map { (text(counts.vocabulary[Int(counts.terms[$0])]), Double(counts.counts[$0])) }
      return table("\(text(counts.ids[row])): \(counts.lengths[row]) terms", "count", terms) { String(Int($0)) }
    }
  }

  private static func weights(_ vectors: SparseVectors) -> [String] {
    (0..<vectors.ids.count).flatMap { row in
      let entries = Int(vectors.offsets[row])..<Int(vectors.offsets[row + 1])
      let terms = entries.map { (text(vectors.vocabulary[Int(vectors.terms[$0])]), Double(vectors.weights[$0])) }
      return table("\(text(vectors.ids[row])): \(terms.count) terms", "weight", terms) { String(format: "%.4f", $0) }
    }
  }

  private static func impacts(_ vectors: ImpactVectors) -> [String] {
    (0..<vectors.ids.count).flatMap { row in
      let entries = Int(vectors.offsets[row])..<Int(vectors.offsets[row + 1])
      let terms = entries.map { (text(vectors.vocabulary[Int(vectors.terms[$0])]), Double(vectors.impacts[$0])) }
      let kept = terms.count { $0.1 > 0 }
      return table("\(text(vectors.ids[row])): \(kept) of \(terms.count) terms are kept", "impact", terms) {
        String(Int($0))
      }
    }
  }

  /// A vector's length and first numbers.
  private static func vectors(_ vectors: DenseVectors) -> [String] {
    (0..<vectors.ids.count).map { row in
      let values = vectors.values[(row * vectors.dimension)..<((row + 1) * vectors.dimension)]
      let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let first = values.prefix(8).map { String(format: "%.4f", $0) }.joined(separator: " ")
      return
        "\(text(vectors.ids[row])): \(vectors.dimension) numbers, length \(String(format: "%.4f", norm)): \(first) ..."
    }
  }

  private static func tokenVectors(_ vectors: MultiVectors) -> [String] {
    (0..<vectors.ids.count).map { row in
      "\(text(vectors.ids[row])): \(vectors.offsets[row + 1] - vectors.offsets[row]) vectors of \(vectors.dimension) numbers"
    }
  }

  private static func tokens(_ passages: TokenizedPassages) -> [String] {
    (0..<passages.ids.count).map { row in
      let ids = passages.tokens[Int(passages.offsets[row])..<Int(passages.offsets[row + 1])]
      return "\(text(passages.ids[row])): \(ids.map(String.init).joined(separator: " "))"
    }
  }

  /// Terms with their values, the largest first, equal ones by name.
  private static func table(
    _ title: String, _ value: String, _ terms: [(String, Double)], _ format: (Double) -> String
  ) -> [String] {
    let sorted = terms.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    return ExplanationTable(
      title: title, columns: ["term", value], rows: sorted.map { [$0.0, format($0.1)] }
    ).lines
  }
}
