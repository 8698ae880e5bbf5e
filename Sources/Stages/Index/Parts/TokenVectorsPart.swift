internal import Codecs
internal import Dataflow
internal import Kernels
internal import Quantizers
internal import Shards

/// Compressed token vectors: `tokens` in each shard (see `TokenVectorWriter`), and `centroids` beside the manifest.
struct TokenVectorsPart: ShardPart {
  static let name = "token vectors"
  static let ports = [
    Port.stream("tokens", MultiVectors.type, required: false),
    Port.artifact("centroids", FitCentroids.kind, required: false),
  ]

  init(_ parameters: Shard.Parameters) {}

  func isPresent(_ ports: Set<String>) -> Bool { ports.isSuperset(of: ["tokens", "centroids"]) }

  /// The records of the chunk's passages, one after the other, and their lengths.
  func contribute(_ inputs: StageInputs, to contribution: inout ShardContribution) throws {
    guard let codec = try inputs.artifact("centroids", as: ResidualCodec.self) else { return }
    let vectors = MultiVectors(inputs.stream("tokens"))
    try contribution.check(vectors.ids, port: "tokens")
    guard vectors.values.isEmpty || vectors.dimension == codec.dimension else {
      throw QuantizerProblem("centroids have \(codec.dimension) dimensions, the vectors \(vectors.dimension)")
    }
    let (centroids, residuals) = codec.encode(vectors.values)
    var records = ByteStrings()
    for row in 0..<vectors.ids.count {
      let range = Int(vectors.offsets[row])..<Int(vectors.offsets[row + 1])
      let bytes = range.lowerBound * codec.residualBytes..<range.upperBound * codec.residualBytes
      records.append(
        TokenVectorWriter.record(
          centroids: Array(centroids[range]), residuals: Array(residuals[bytes]), residualBytes: codec.residualBytes))
    }
    contribution.add("tokens", records)
  }

  func prepare(_ reduction: Reduction, _ assignment: ShardAssignment) throws -> any ShardPartBuilder {
    guard let codec = try reduction.artifact("centroids", as: ResidualCodec.self) else {
      preconditionFailure("the port is connected")
    }
    return Builder(codec: codec)
  }

  private struct Builder: ShardPartBuilder {
    let codec: ResidualCodec

    func build(_ shard: ShardTarget) throws {
      let writer = try TokenVectorWriter(folder: shard.folder, residualBytes: codec.residualBytes)
      try shard.forEachRecord(spool: "tokens", sink: { try writer.append(record: $0) }) { contribution in
        let records = try contribution.strings("tokens")
        return { Array(records[$0]) }
      }
      _ = try writer.commit()
    }

    func finish(in folder: String) throws -> [Manifest.File] {
      [Manifest.File(name: ResidualCodec.fileName, seal: try codec.write(to: folder + "/" + ResidualCodec.fileName))]
    }
  }
}
