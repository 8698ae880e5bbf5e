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
      let writer = try CodeWriter(folder: shard.folder, parts: parts, bits: quantizer.shape.bits)
      try shard.forEachRecord(spool: "codes", sink: { try writer.append($0) }) { contribution in
        let section = try contribution.section("codes")
        return { try section.bytes($0 * parts, parts) }
      }
      _ = try writer.commit()
    }

    func finish(in folder: String) throws -> [Manifest.File] {
      [
        Manifest.File(
          name: ProductQuantizer.fileName, seal: try quantizer.write(to: folder + "/" + ProductQuantizer.fileName))
      ]
    }
  }
}
