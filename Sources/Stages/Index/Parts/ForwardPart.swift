internal import Codecs
internal import Dataflow
internal import Kernels
internal import Shards

/// The forward index, where it is asked for: `forward` (see `ForwardWriter`).
struct ForwardPart: ShardPart, ShardPartBuilder {
  static let name = "forward index"
  static let ports = SparsePart.ports

  private let isWanted: Bool

  init(_ parameters: Shard.Parameters) { isWanted = parameters.forward }

  func isPresent(_ ports: Set<String>) -> Bool { isWanted && ports.contains("sparse") }

  /// Each passage's record by the chunk's numbers of terms, which the shard replaces.
  func contribute(_ inputs: StageInputs, to contribution: inout ShardContribution) throws {
    let batch = inputs.stream("sparse")
    var (offsets, terms, impacts, kind): ([UInt8], [UInt8], [UInt8], [UInt8]) = ([], [], [], [])
    if batch.type == ImpactVectors.type.name {
      let vectors = ImpactVectors(batch)
      contribution.add("fw.words", vectors.vocabulary)
      offsets.appendLittleEndian(contentsOf: vectors.offsets)
      terms.appendLittleEndian(contentsOf: vectors.terms)
      impacts.appendLittleEndian(contentsOf: vectors.impacts.map { Float($0) })
      kind = [ImpactKind.integers.rawValue]
    } else {
      let vectors = SparseVectors(batch)
      contribution.add("fw.words", vectors.vocabulary)
      offsets.appendLittleEndian(contentsOf: vectors.offsets)
      terms.appendLittleEndian(contentsOf: vectors.terms)
      impacts.appendLittleEndian(contentsOf: vectors.weights)
      kind = [ImpactKind.floats.rawValue]
    }
    contribution.add("fw.offsets", PackedBytes.pack(offsets))
    contribution.add("fw.terms", PackedBytes.pack(terms))
    contribution.add("fw.impacts", PackedBytes.pack(impacts))
    contribution.add("fw.kind", kind)
  }

  /// Two passes over the chunks: their terms, then their passages. Memory: the shard's vocabulary and one chunk.
  func build(_ shard: ShardTarget) throws {
    var table = VocabularyTable()
    var kind = ImpactKind.integers
    try shard.forEachChunk { contribution, _ in
      let words = try contribution.strings("fw.words")
      for word in words.indices { _ = table.number(of: Array(words[word]).span) }
      kind = try ImpactKind(rawValue: contribution.section("fw.kind")[0]) ?? kind
    }
    let order = table.sortedNumbers()
    var rank = [UInt32](repeating: 0, count: order.count)
    var vocabulary = ByteStrings()
    for (place, number) in order.enumerated() {
      rank[Int(number)] = UInt32(place)
      vocabulary.append(table.strings[Int(number)])
    }
    let writer = try ForwardWriter(folder: shard.folder, vocabulary: vocabulary, impactKind: kind)
    try shard.forEachRecord(spool: "forward", sink: { try writer.append(record: $0) }) { contribution in
      let words = try contribution.strings("fw.words")
      let numbers = words.indices.map { rank[Int(table.find(Array(words[$0]).span) ?? 0)] }
      let chunk = try Chunk(contribution)
      return { ForwardWriter.record(chunk.entries($0, numbers, kind), kind: kind) }
    }
    _ = try writer.commit()
  }

  private struct Chunk {
    let offsets: [UInt32]
    let terms: [UInt32]
    let impacts: [Float]

    init(_ contribution: ShardContribution.Reader) throws {
      func unpacked(_ name: String) throws -> ByteView {
        do { return ByteView(try PackedBytes.unpack(contribution.section(name))) } catch is PackedBytes.Corrupt {
          throw FormatError.corrupt(path: contribution.path, detail: "section `\(name)` does not decompress")
        }
      }
      let (first, second, third) = (try unpacked("fw.offsets"), try unpacked("fw.terms"), try unpacked("fw.impacts"))
      offsets = try first.array(of: UInt32.self, at: 0, count: first.count / 4)
      terms = try second.array(of: UInt32.self, at: 0, count: second.count / 4)
      impacts = try third.floats(at: 0, count: third.count / 4)
    }

    /// What is 0 as a whole number is not in the index.
    func entries(_ row: Int, _ numbers: [UInt32], _ kind: ImpactKind) -> [(term: UInt32, impact: Float)] {
      (Int(offsets[row])..<Int(offsets[row + 1])).compactMap { entry in
        kind == .integers && impacts[entry] == 0 ? nil : (numbers[Int(terms[entry])], impacts[entry])
      }
    }
  }
}
