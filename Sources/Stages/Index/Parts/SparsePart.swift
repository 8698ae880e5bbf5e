internal import Codecs
internal import Dataflow
internal import Shards

/// The inverted index: `terms`, `postings`, in the fast form also `blockmax` (see `PostingsForm`). A chunk contributes
/// a sorted run; a shard is an external merge of them.
struct SparsePart: ShardPart, ShardPartBuilder {
  static let name = "sparse"
  static let ports = [Port.stream("sparse", ImpactVectors.type, SparseVectors.type, required: false)]

  private let form: PostingsForm

  init(_ parameters: Shard.Parameters) { form = parameters.codec }

  func isPresent(_ ports: Set<String>) -> Bool { ports.contains("sparse") }

  func contribute(_ inputs: StageInputs, to contribution: inout ShardContribution) throws {
    let batch = inputs.stream("sparse")
    if batch.type == ImpactVectors.type.name {
      let vectors = ImpactVectors(batch)
      try contribution.check(vectors.ids, port: "sparse")
      contribution.postings = try ChunkPostings(
        vocabulary: vectors.vocabulary, offsets: vectors.offsets, terms: vectors.terms,
        impacts: .integers(vectors.impacts))
    } else {
      let vectors = SparseVectors(batch)
      try contribution.check(vectors.ids, port: "sparse")
      contribution.postings = try ChunkPostings(
        vocabulary: vectors.vocabulary, offsets: vectors.offsets, terms: vectors.terms,
        impacts: .floats(vectors.weights))
    }
  }

  func build(_ shard: ShardTarget) throws {
    var inputs: [PostingMerge.Input] = []
    try shard.forEachChunk { contribution, table in
      inputs.append(PostingMerge.Input(path: contribution.path, mapping: mapping(table)))
    }
    let kind = try inputs.first.map { try RunCursor(path: $0.path).impactKind } ?? .integers
    let writer = try PostingsWriter(
      directory: shard.folder, documentCount: shard.documents, impactKind: kind, form: form)
    let merge = try PostingMerge(
      inputs: inputs, impactKind: kind, memory: shard.memoryBytes, temporaryFolder: shard.spill,
      checkpoint: { try shard.reduction.checkCancellation() })
    try merge.write(to: writer)
    _ = try writer.commit()
  }

  /// The short form where a whole chunk is in the shard.
  private func mapping(_ table: [UInt32]) -> DocumentMapping {
    guard let first = table.first, first != DocumentMapping.dropped,
      table.indices.allSatisfy({ table[$0] == first &+ UInt32($0) })
    else { return .table(table) }
    return .shifted(by: first)
  }
}
