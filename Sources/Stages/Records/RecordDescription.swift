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
    default: ["\(batch.rows) records of type \(batch.type)"]
    }
  }

  private static func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }

  private static func passages(_ passages: Passages) -> [String] {
    (0..<passages.ids.count).map { "\(text(passages.ids[$0])): \(text(passages.texts[$0]))" }
  }

  private static func counts(_ counts: TermCounts) -> [String] {
    (0..<counts.ids.count).map { row in
      let entries = Int(counts.offsets[row])..<Int(counts.offsets[row + 1])
      let terms = entries.map { (text(counts.vocabulary[Int(counts.terms[$0])]), Double(counts.counts[$0])) }
      return "\(text(counts.ids[row])): \(counts.lengths[row]) terms: \(list(terms) { String(Int($0)) })"
    }
  }

  private static func weights(_ vectors: SparseVectors) -> [String] {
    (0..<vectors.ids.count).map { row in
      let entries = Int(vectors.offsets[row])..<Int(vectors.offsets[row + 1])
      let terms = entries.map { (text(vectors.vocabulary[Int(vectors.terms[$0])]), Double(vectors.weights[$0])) }
      return "\(text(vectors.ids[row])): \(list(terms) { String(format: "%.4f", $0) })"
    }
  }

  private static func impacts(_ vectors: ImpactVectors) -> [String] {
    (0..<vectors.ids.count).map { row in
      let entries = Int(vectors.offsets[row])..<Int(vectors.offsets[row + 1])
      let terms = entries.map { (text(vectors.vocabulary[Int(vectors.terms[$0])]), Double(vectors.impacts[$0])) }
      return "\(text(vectors.ids[row])): \(list(terms) { String(Int($0)) })"
    }
  }

  private static func tokens(_ passages: TokenizedPassages) -> [String] {
    (0..<passages.ids.count).map { row in
      let ids = passages.tokens[Int(passages.offsets[row])..<Int(passages.offsets[row + 1])]
      return "\(text(passages.ids[row])): \(ids.map(String.init).joined(separator: " "))"
    }
  }

  /// Terms with their values, the largest first, equal ones by name.
  private static func list(_ terms: [(String, Double)], _ format: (Double) -> String) -> String {
    terms.sorted { ($1.1, $0.0) < ($0.1, $1.0) }.map { "\($0.0) \(format($0.1))" }.joined(separator: ", ")
  }
}
