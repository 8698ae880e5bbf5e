internal import Codecs
internal import Dataflow
internal import Shards

/// The file `documents`: ids, and the stored text (see `DocumentWriter`).
struct DocumentsPart: ShardPart, ShardPartBuilder {
  static let name = "documents"
  static let ports = [Port.stream("documents", Passages.type)]

  private let storesText: Bool

  init(_ parameters: Shard.Parameters) { storesText = parameters.text }

  func isPresent(_ ports: Set<String>) -> Bool { true }

  func contribute(_ inputs: StageInputs, to contribution: inout ShardContribution) throws {
    let passages = Passages(inputs.stream("documents"))
    contribution.add("ids", passages.ids)
    contribution.add("texts", passages.texts)
  }

  func build(_ shard: ShardTarget) throws {
    var options = DocumentWriter.Options()
    options.storesText = storesText
    options.dictionary = shard.assignment.dictionary
    options.memory = shard.memoryBytes
    let writer = try DocumentWriter(
      path: shard.folder + "/" + DocumentFormat.fileName, spillFolder: shard.spill, options: options)
    try shard.forEachChunk { contribution, table in
      let passages = try contribution.passages()
      for row in 0..<passages.ids.count where table[row] != DocumentMapping.dropped {
        try writer.append(id: passages.ids[row], text: passages.texts[row])
      }
    }
    _ = try writer.commit()
  }
}
