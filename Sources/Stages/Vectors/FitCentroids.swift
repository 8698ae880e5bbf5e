package import Codecs
package import Dataflow
internal import Foundation
package import Quantizers

/// Learns ColBERTv2's compression of token vectors: centroids by k-means and the buckets of residuals, from a seeded
/// sample of passages. Sample size and number of centroids follow ColBERTv2's rules unless given.
package struct FitCentroids: FitStage {
  package static let name = "fit.centroids"
  package static let version = 1
  package static let summary = "learns centroids and residual buckets of token vectors; gives compression to shard"
  package static let ports = [Port.stream("from", MultiVectors.type)]
  package static let output = StageOutput.artifact(kind)
  package static let reproducibility = Reproducibility.tolerance(1e-3)
  static let kind = "centroids"

  package struct Parameters: DefaultedParameters, CheckedParameters, Sendable {
    /// Bits of a residual's dimension: 1, 2 or 4.
    package var bits = 2
    /// Steps of k-means.
    package var iterations = 4
    /// Centroids; by default the power of two at or below 16 sqrt(vectors).
    package var partitions: Int?
    /// The part of each chunk that is kept to sample from: lower it where the collection is large.
    package var fraction = Fraction(1)
    package var seed = 123

    package init() {}

    package var problem: ParameterProblem? {
      if ![1, 2, 4].contains(bits) { return ParameterProblem("bits", "must be 1, 2 or 4") }
      if !(1...1000).contains(iterations) { return ParameterProblem("iterations", "must be between 1 and 1000") }
      if let partitions, partitions < 1 { return ParameterProblem("partitions", "must be at least 1") }
      return nil
    }
  }

  package let parameters: Parameters

  package init(parameters: Parameters, environment: StageEnvironment) throws { self.parameters = parameters }

  package func contribute(_ inputs: StageInputs, to path: String, attempt: Int) throws -> FileSeal {
    let vectors = MultiVectors(inputs.stream())
    return try RowSample.write(
      ids: vectors.ids, dimension: vectors.dimension, values: vectors.values,
      vectors: { Int(vectors.offsets[$0])..<Int(vectors.offsets[$0 + 1]) },
      seed: UInt64(bitPattern: Int64(parameters.seed)), fraction: parameters.fraction.value, limit: .max, to: path,
      attempt: attempt)
  }

  package func combine(_ reduction: Reduction, to path: String, attempt: Int) throws -> FileSeal {
    let passages = reduction.contributions.reduce(0) { $0 + $1.rows }
    let sample = try RowSample.collect(
      reduction, vectors: { reduction.memoryBytes / (3 * 4 * $0) },
      records: { min($0, ResidualTraining.sampled(passages: passages)) })
    guard !sample.values.isEmpty else { throw QuantizerProblem("there are no token vectors to learn from") }
    guard sample.dimension * parameters.bits % 8 == 0 else {
      throw QuantizerProblem("\(sample.dimension) dimensions of \(parameters.bits) bits are no whole number of bytes")
    }
    let meanLength = Double(sample.vectors) / Double(max(sample.records, 1))
    var settings = ResidualTraining.Settings()
    settings.bits = parameters.bits
    settings.iterations = parameters.iterations
    settings.seed = UInt64(bitPattern: Int64(parameters.seed))
    settings.threads = ProcessInfo.processInfo.activeProcessorCount
    return try ResidualTraining.train(
      sample.values, dimension: sample.dimension,
      partitions: parameters.partitions
        ?? ResidualTraining.partitions(passages: passages, meanLength: meanLength),
      settings: settings
    ).write(to: path, attempt: attempt)
  }
}

extension ResidualCodec: Artifact {}
