internal import Codecs
internal import Dataflow
internal import Kernels
internal import Shards

/// The dense side on the disk: `vectors.f32`, `vectors.f16` or `vectors.i8` (see `VectorWriter`).
struct VectorsPart: ShardPart {
  static let name = "dense vectors"
  static let ports = [Port.stream("dense", DenseVectors.type, required: false)]

  private let encoding: VectorEncoding
  private let scale: VectorScale

  init(_ parameters: Shard.Parameters) {
    encoding = parameters.vectors
    scale = parameters.scale
  }

  func isPresent(_ ports: Set<String>) -> Bool { ports.contains("dense") }

  /// The vectors as they came: a dimension's scale is known only when all are there.
  func contribute(_ inputs: StageInputs, to contribution: inout ShardContribution) throws {
    let vectors = DenseVectors(inputs.stream("dense"))
    try contribution.check(vectors.ids, port: "dense")
    var (bytes, ranges): ([UInt8], [UInt8]) = ([], [])
    bytes.appendLittleEndian(contentsOf: vectors.values)
    contribution.add("dense", bytes)
    var largest = [Float](repeating: 0, count: vectors.dimension)
    for index in vectors.values.indices {
      let element = index % vectors.dimension
      largest[element] = max(largest[element], abs(vectors.values[index]))
    }
    ranges.appendLittleEndian(contentsOf: largest)
    contribution.add("dense.ranges", ranges)
  }

  func prepare(_ reduction: Reduction, _ assignment: ShardAssignment) throws -> any ShardPartBuilder {
    var ranges: [Float] = []
    for contribution in reduction.contributions where contribution.rows > 0 {
      let section = try ShardContribution.Reader(contribution.path).section("dense.ranges")
      let largest = try section.floats(at: 0, count: section.count / 4)
      guard ranges.isEmpty || ranges.count == largest.count else {
        throw VectorError(path: contribution.path, detail: "its vectors have another dimension than those before")
      }
      ranges = ranges.isEmpty ? largest : zip(ranges, largest).map { max($0, $1) }
    }
    return Builder(encoding: encoding, scale: scale, ranges: ranges)
  }

  private struct Builder: ShardPartBuilder {
    let encoding: VectorEncoding
    let scale: VectorScale
    /// (dimension): the largest absolute value.
    let ranges: [Float]

    func build(_ shard: ShardTarget) throws {
      let dimension = ranges.count
      let writer = try VectorWriter(
        folder: shard.folder, dimension: dimension, encoding: encoding, scale: scale, ranges: ranges)
      try shard.forEachRecord(spool: "vectors", sink: { try writer.append(row: $0) }) { contribution in
        let section = try contribution.section("dense")
        return { try writer.row(section.floats(at: $0 * dimension * 4, count: dimension)) }
      }
      _ = try writer.commit()
    }
  }
}
