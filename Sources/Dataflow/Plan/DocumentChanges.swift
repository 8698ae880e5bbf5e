internal import Codecs
internal import Foundation

/// How a collection differs from the one that the last finished run saw, document by document.
package struct DocumentChanges: Sendable, Codable, Equatable {
  /// All that there are now.
  package private(set) var documents = 0
  /// Ids that were not there.
  package private(set) var new = 0
  /// Ids whose content is another.
  package private(set) var changed = 0
  /// Ids that are gone.
  package private(set) var deleted = 0
  /// Documents that are what they were, wherever they lie now.
  package private(set) var unchanged = 0

  /// Compares the chunks that came with those that went; the others are not read. `nil` where no run has ended yet, or
  /// where the work directory has lost what the last one knew.
  package init?(
    of source: Int, graph: Graph, splits: [SourceSplit], names: ChunkNames, work: any CheckpointView
  ) throws {
    let node = graph.nodes[source]
    guard let stage = node.stage as? any SourceStage, case .stream(let type) = node.type.output,
      let old = Self.lastListings(of: node.name, in: work)
    else { return nil }
    let now = names.chunks[source].map(DocumentListing.name)
    var gone: [UInt64: RowName] = [:]
    let kept = Set(now)
    for name in Set(old).subtracting(kept) {
      guard let piece = work.piece(name), let entries = try? DocumentListing.read(work.absolute(piece)) else {
        return nil
      }
      for entry in entries { gone[entry.id] = entry.content }
    }
    let before = Set(old)
    for (chunk, name) in now.enumerated() {
      if before.contains(name) {
        guard let piece = work.piece(name) else { return nil }
        documents += piece.rows
        continue
      }
      guard let entries = try Self.entries(name, work, stage, splits[chunk], type) else { return nil }
      documents += entries.count
      for entry in entries {
        if let content = gone.removeValue(forKey: entry.id) {
          if content != entry.content { changed += 1 }
        } else {
          new += 1
        }
      }
    }
    deleted = gone.count
    unchanged = documents - new - changed
  }

  private static func entries(
    _ name: Fingerprint, _ work: any CheckpointView, _ stage: any SourceStage, _ split: SourceSplit, _ type: RecordType
  ) throws -> [DocumentListing.Entry]? {
    if let piece = work.piece(name), let entries = try? DocumentListing.read(work.absolute(piece)) { return entries }
    return DocumentListing.entries(of: try stage.decode(stage.read(split), of: split), type)
  }

  /// The names of the listings that the last finished run had of a source.
  static func lastListings(of source: String, in work: any CheckpointView) -> [Fingerprint]? {
    work.note(noteKey(source)).flatMap { try? JSONDecoder().decode([Fingerprint].self, from: Data($0.utf8)) }
  }

  /// Under which a finished run leaves the names of its listings.
  static func noteKey(_ source: String) -> String { "documents of \(source)" }
}
