internal import Dataflow
internal import Foundation
internal import Search
internal import Shards

/// What evaluations of the job's generations found, query by query: kept in the work directory, by the fingerprint of
/// the generation, for as long as the generation is there.
struct EvaluationHistory: Codable {
  struct Entry: Codable, Equatable {
    /// Digest of the queries, the judgements and the way of searching: what has another cannot be compared.
    let basis: String
    let measures: [String]
    /// By query, in the order of `measures`.
    let values: [String: [Double]]
  }

  private var entries: [String: Entry] = [:]
  private static let key = "evaluations"

  init(_ work: WorkDirectory) {
    if let text = work.note(Self.key), let kept = try? JSONDecoder().decode(Self.self, from: Data(text.utf8)) {
      entries = kept.entries
    }
  }

  subscript(manifest: Manifest) -> Entry? { entries[manifest.fingerprint.description] }

  /// Keeps an evaluation, and forgets those of generations that are gone.
  mutating func record(_ entry: Entry, of manifest: Manifest, existing: [Manifest], in work: WorkDirectory) throws {
    let kept = Set((existing + [manifest]).map(\.fingerprint.description))
    entries = entries.filter { kept.contains($0.key) }
    entries[manifest.fingerprint.description] = entry
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try work.setNote(Self.key, String(decoding: try encoder.encode(self), as: UTF8.self))
  }
}

extension EvaluationHistory.Entry {
  init(_ evaluation: Evaluation, basis: String) {
    self.basis = basis
    measures = evaluation.measures.map(\.description)
    values = Dictionary(
      evaluation.perQuery.map { (String(decoding: $0.query, as: UTF8.self), $0.values) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The mean of a measure over all queries; `nil` for one that was not measured.
  func mean(_ measure: String) -> Double? {
    guard let column = measures.firstIndex(of: measure), !values.isEmpty else { return nil }
    // In one order, so that equal values have equal means.
    return values.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value[column] } / Double(values.count)
  }
}
