package import Codecs
package import Dataflow
internal import Kernels

/// The largest weight of a collection: what the highest impact stands for.
///
/// File: an `Envelope` of kind `range` with the section `range` = maximum:f32 weights:u64. Version history: 1.
package struct ImpactRange: Artifact {
  static let kind = FileKind("range")

  /// 0 where there are no weights above 0.
  package let maximum: Float
  /// Weights seen.
  package let count: Int

  init(maximum: Float, count: Int) {
    self.maximum = maximum
    self.count = count
  }

  package init(path: String) throws {
    let section = try Envelope(path: path, kind: Self.kind, access: .positional).verifiedSection("range")
    guard section.count == 12 else { throw FormatError.corrupt(path: path, detail: "its section has a wrong length") }
    maximum = try section.loadFloat(at: 0)
    count = Int(truncatingIfNeeded: try section.load(UInt64.self, at: 4))
  }

  func write(to path: String, attempt: Int) throws -> FileSeal {
    var bytes: [UInt8] = []
    bytes.appendLittleEndian(maximum)
    bytes.appendLittleEndian(UInt64(count))
    let writer = try EnvelopeWriter(path: path, kind: Self.kind, attempt: attempt)
    try writer.section("range", bytes)
    return try writer.commit()
  }
}

/// Finds the largest weight, over the whole collection.
package struct FitImpactRange: FitStage {
  package static let name = "fit.impactRange"
  package static let version = 1
  package static let summary = "finds the largest weight of the collection; gives the range of quantize.impacts"
  package static let ports = [Port.stream("from", SparseVectors.type)]
  package static let output = StageOutput.artifact(kind)
  static let kind = "range"

  package let parameters: NoParameters

  package init(parameters: NoParameters, environment: StageEnvironment) throws { self.parameters = parameters }

  package func contribute(_ inputs: StageInputs, to path: String, attempt: Int) throws -> FileSeal {
    let weights = SparseVectors(inputs.stream()).weights
    return try ImpactRange(maximum: weights.reduce(0, max), count: weights.count).write(to: path, attempt: attempt)
  }

  package func combine(_ reduction: Reduction, to path: String, attempt: Int) throws -> FileSeal {
    let parts = try reduction.contributions.map { try ImpactRange(path: $0.path) }
    return try ImpactRange(
      maximum: parts.map(\.maximum).reduce(0, max), count: parts.reduce(0) { $0 + $1.count }
    ).write(to: path, attempt: attempt)
  }
}
