internal import Codecs
internal import Dataflow
internal import Kernels
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
    if shard.isReordered {
      try appendReordered(shard, to: writer)
    } else {
      try shard.forEachChunk { contribution, table in
        let passages = try contribution.passages()
        for row in 0..<passages.ids.count where table[row] != DocumentMapping.dropped {
          try writer.append(id: passages.ids[row], text: passages.texts[row])
        }
      }
    }
    _ = try writer.commit()
  }

  /// Spools the documents as they come, then reads them in the shard's order. Memory: 16 bytes a document.
  private func appendReordered(_ shard: ShardTarget, to writer: DocumentWriter) throws {
    let path = "\(shard.spill)/\(Self.name).spool"
    let file = try FileAppender(creating: path)
    /// (documents): where each begins in the spool, and the bytes of its id and of its text.
    var places = [(start: Int, id: UInt32, text: UInt32)](repeating: (0, 0, 0), count: shard.documents)
    var length = 0
    try shard.forEachChunk { contribution, table in
      let passages = try contribution.passages()
      var bytes: [UInt8] = []
      for row in 0..<passages.ids.count where table[row] != DocumentMapping.dropped {
        let (id, text) = (passages.ids[row], passages.texts[row])
        places[Int(table[row])] = (length + bytes.count, UInt32(id.count), UInt32(text.count))
        bytes += id
        bytes += text
      }
      try file.write(bytes)
      length += bytes.count
    }
    let spool = try PositionalFile(path)
    for place in places {
      let bytes = try spool.readExactly(at: place.start, count: Int(place.id + place.text))
      try writer.append(id: bytes[..<Int(place.id)], text: bytes[Int(place.id)...])
    }
    try FileSystem.removeFile(path)
  }
}
