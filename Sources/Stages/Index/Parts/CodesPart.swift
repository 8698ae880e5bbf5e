internal import Codecs
internal import Dataflow
internal import Quantizers
internal import Shards

/// The light dense side, held in memory to find candidates: `codes.pq` in each shard (see `CodeWriter`), and the
/// `quantizer` beside the manifest.
struct CodesPart: ShardPart {
  static let name = "codes"
  static let ports = [
    Port.stream("dense", DenseVectors.type, required: false),
    Port.artifact("quantizer", FitPQ.kind, required: false),
  ]

  /// The section of the list of each row.
  private static let lists = "codes.lists"

  init(_ parameters: Shard.Parameters) {}

  func isPresent(_ ports: Set<String>) -> Bool { ports.isSuperset(of: ["dense", "quantizer"]) }

  func contribute(_ inputs: StageInputs, to contribution: inout ShardContribution) throws {
    guard let quantizer = try inputs.artifact("quantizer", as: ProductQuantizer.self) else { return }
    let vectors = DenseVectors(inputs.stream("dense"))
    guard vectors.ids.isEmpty || vectors.dimension == quantizer.shape.dimension else {
      throw QuantizerProblem(
        "the quantizer is for \(quantizer.shape.dimension) dimensions, the vectors have \(vectors.dimension)")
    }
    contribution.add("codes", vectors.ids.isEmpty ? [] : quantizer.encode(vectors.values))
    if let lists = quantizer.lists {
      var numbers: [UInt8] = []
      for list in lists.lists(of: vectors.values) { numbers.appendLittleEndian(list) }
      contribution.add(Self.lists, numbers)
    }
  }

  func prepare(_ reduction: Reduction, _ assignment: ShardAssignment) throws -> any ShardPartBuilder {
    guard let quantizer = try reduction.artifact("quantizer", as: ProductQuantizer.self) else {
      preconditionFailure("the port is connected")
    }
    return Builder(quantizer: quantizer)
  }

  private struct Builder: ShardPartBuilder {
    let quantizer: ProductQuantizer

    func build(_ shard: ShardTarget) throws {
      let parts = quantizer.shape.parts
      let lists = try quantizer.lists.map { try self.lists(of: shard, count: $0.count) }
      let writer = try CodeWriter(folder: shard.folder, parts: parts, bits: quantizer.shape.bits, lists: lists)
      try shard.forEachRecord(
        spool: "codes", places: lists?.entries, sink: { try writer.append($0) }
      ) { contribution in
        let section = try contribution.section("codes")
        return { try section.bytes($0 * parts, parts) }
      }
      _ = try writer.commit()
    }

    private func lists(of shard: ShardTarget, count: Int) throws -> CodeLists {
      var numbers = [UInt32](repeating: 0, count: shard.documents)
      try shard.forEachChunk { contribution, table in
        let section = try contribution.section(CodesPart.lists)
        for row in table.indices where table[row] != DocumentMapping.dropped {
          let list = try section.load(UInt32.self, at: 4 * row)
          guard list < count else {
            throw FormatError.corrupt(path: contribution.path, detail: "it has a list that the quantizer has not")
          }
          numbers[Int(table[row])] = list
        }
      }
      return CodeLists(count: count, of: numbers)
    }

    func finish(in folder: String) throws -> [Manifest.File] {
      [
        Manifest.File(
          name: ProductQuantizer.fileName, seal: try quantizer.write(to: folder + "/" + ProductQuantizer.fileName))
      ]
    }
  }
}
