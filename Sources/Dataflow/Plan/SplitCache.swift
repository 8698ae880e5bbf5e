internal import Codecs
internal import Foundation

/// Cuts the collections of a graph, or takes the cuts of the last run where the files are what they were.
package enum SplitCache {
  private struct Entry: Codable {
    let sign: Fingerprint
    let splits: [SourceSplit]
  }

  /// The splits of every source, by node; empty for other nodes. Reads a changed collection once, in bounded memory.
  package static func splits(of graph: Graph, in work: WorkDirectory) throws -> [[SourceSplit]] {
    try splits(of: graph, knownTo: work) { try work.setNote($0, $1) }
  }

  /// The same without remembering what had to be cut.
  package static func splits(
    of graph: Graph, knownTo checkpoint: any CheckpointView,
    remember: (_ key: String, _ note: String) throws -> Void = { _, _ in }
  ) throws -> [[SourceSplit]] {
    try graph.nodes.map { node in
      guard let source = node.stage as? any SourceStage else { return [] }
      var hasher = FingerprintHasher()
      hasher.field(node.description.fingerprint)
      hasher.field(try source.stateSign())
      let sign = hasher.finalize()
      let key = "splits of \(node.name)"
      if let text = checkpoint.note(key), let entry = try? JSONDecoder().decode(Entry.self, from: Data(text.utf8)),
        entry.sign == sign
      {
        return entry.splits
      }
      let splits = try source.splits()
      try remember(key, WorkDirectory.encode(Entry(sign: sign, splits: splits)))
      return splits
    }
  }
}
