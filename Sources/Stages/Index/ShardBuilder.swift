internal import Codecs
internal import Dataflow
internal import Kernels
internal import Shards

/// Builds the files of one shard from the chunks' contributions, in bounded memory: the documents one after the other,
/// then the postings by an external merge.
struct ShardBuilder {
  let folder: String
  let shard: Int
  let assignment: ShardAssignment
  let reduction: Reduction
  let storesText: Bool

  func build() throws {
    let spill = reduction.spillDirectory + "/shard-\(shard)"
    try FileSystem.createDirectories(spill)
    var inputs: [PostingMerge.Input] = []
    let documents = try writer(spill)
    for (chunk, contribution) in reduction.contributions.enumerated() {
      guard let table = assignment.table(chunk: chunk, shard: shard) else { continue }
      try reduction.checkCancellation()
      try append(contribution.path, table, to: documents)
      inputs.append(PostingMerge.Input(path: contribution.path, mapping: mapping(table)))
    }
    _ = try documents.commit()
    try mergePostings(inputs, spill)
    try FileSystem.removeTree(spill)
  }

  private func writer(_ spill: String) throws -> DocumentWriter {
    var options = DocumentWriter.Options()
    options.storesText = storesText
    options.dictionary = assignment.dictionary
    options.memory = max(reduction.memoryBytes / 4, 4 << 20)
    return try DocumentWriter(path: folder + "/" + DocumentFormat.fileName, spillFolder: spill, options: options)
  }

  private func append(_ path: String, _ table: [UInt32], to writer: DocumentWriter) throws {
    let passages = try ShardContribution.passages(path)
    for row in 0..<passages.ids.count where table[row] != DocumentMapping.dropped {
      try writer.append(id: passages.ids[row], text: passages.texts[row])
    }
  }

  /// The short form where a whole chunk is in the shard.
  private func mapping(_ table: [UInt32]) -> DocumentMapping {
    guard let first = table.first, first != DocumentMapping.dropped,
      table.last == first &+ UInt32(table.count - 1), !table.contains(DocumentMapping.dropped)
    else { return .table(table) }
    return .shifted(by: first)
  }

  private func mergePostings(_ inputs: [PostingMerge.Input], _ spill: String) throws {
    let kind = try inputs.first.map { try RunCursor(path: $0.path).impactKind } ?? .integers
    let writer = try PostingsWriter(
      directory: folder, documentCount: assignment.borders[shard + 1] - assignment.borders[shard], impactKind: kind)
    let merge = try PostingMerge(
      inputs: inputs, impactKind: kind, memory: max(reduction.memoryBytes / 4, 1 << 20), temporaryFolder: spill,
      checkpoint: { try reduction.checkCancellation() })
    try merge.write(to: writer)
    _ = try writer.commit()
  }
}
