package import Codecs
package import Dataflow
internal import Foundation
internal import Kernels
package import Quantizers

/// Learns a product quantizer, with a rotation, from a seeded sample: faiss's `OPQ<parts>,PQ<parts>x<bits>`; with lists,
/// an inverted file of such codes, `IVF<lists>` (see `CoarseLists`).
package struct FitPQ: FitStage {
  package static let name = "fit.pq"
  package static let version = 1
  package static let summary = "learns a product quantizer from a sample of dense vectors; gives codes to shard"
  package static let ports = [Port.stream("from", DenseVectors.type)]
  package static let output = StageOutput.artifact(kind)
  package static let reproducibility = Reproducibility.tolerance(1e-3)
  static let kind = "quantizer"

  package struct Parameters: DefaultedParameters, CheckedParameters, Sendable {
    /// Parts of a vector, and with 8 bits the bytes of a code. Must divide the dimension.
    package var parts = 96
    /// Bits of a part's code, 1...8.
    package var bits = 8
    /// Whether vectors are rotated first (OPQ).
    package var rotate = true
    /// Rounds of codebooks and rotation.
    package var rounds = 12
    /// Lists that codes are put in, so that a search may scan some of them only (`probes`): the square root of the number
    /// of documents is a good beginning. None where it is 0 or left out.
    package var lists: Int?
    /// Vectors to learn from; fewer where the memory budget asks for it.
    package var sample = 65536
    /// The part of each chunk that is kept to sample from: lower it where the collection is large.
    package var fraction = Fraction(1)
    package var seed = 1234

    package init() {}

    package var problem: ParameterProblem? {
      if !(1...65536).contains(parts) { return ParameterProblem("parts", "must be between 1 and 65536") }
      if !(1...8).contains(bits) { return ParameterProblem("bits", "must be between 1 and 8") }
      if !(0...1000).contains(rounds) { return ParameterProblem("rounds", "must be between 0 and 1000") }
      if let lists, !(0...1 << 20).contains(lists) { return ParameterProblem("lists", "must be between 0 and 1048576") }
      return sample < 1 ? ParameterProblem("sample", "must be at least 1") : nil
    }
  }

  package let parameters: Parameters

  package init(parameters: Parameters, environment: StageEnvironment) throws { self.parameters = parameters }

  package func contribute(_ inputs: StageInputs, to path: String, attempt: Int) throws -> FileSeal {
    let vectors = DenseVectors(inputs.stream())
    return try RowSample.write(
      ids: vectors.ids, dimension: vectors.dimension, values: vectors.values, vectors: { $0..<$0 + 1 },
      seed: UInt64(bitPattern: Int64(parameters.seed)), fraction: parameters.fraction.value, limit: parameters.sample,
      to: path, attempt: attempt)
  }

  package func combine(_ reduction: Reduction, to path: String, attempt: Int) throws -> FileSeal {
    let sample = try RowSample.collect(
      reduction,
      vectors: { reduction.memoryBytes / ProductQuantizerTraining.bytesPerVector(dimension: $0) },
      records: { min($0, parameters.sample) })
    let shape = try Self.shape(dimension: sample.dimension, parts: parameters.parts, bits: parameters.bits)
    guard !sample.values.isEmpty else { throw QuantizerProblem("there are no vectors to learn from") }
    var settings = ProductQuantizerTraining.Settings()
    settings.rotates = parameters.rotate
    settings.rounds = parameters.rounds
    settings.seed = UInt64(bitPattern: Int64(parameters.seed))
    settings.threads = ProcessInfo.processInfo.activeProcessorCount
    var quantizer = ProductQuantizerTraining.train(sample.values, shape: shape, settings: settings)
    if let wanted = parameters.lists, wanted > 0 {
      let lists = CoarseLists.train(
        sample.values, dimension: sample.dimension, lists: wanted, seed: settings.seed, threads: settings.threads)
      if lists.count < wanted {
        reduction.tell("\(Self.name): a sample of \(lists.count) vectors gives no more lists, not \(wanted)")
      }
      quantizer = quantizer.grouped(in: lists)
    }
    return try quantizer.write(to: path, attempt: attempt)
  }

  static func shape(dimension: Int, parts: Int, bits: Int) throws -> ProductQuantizer.Shape {
    if let shape = ProductQuantizer.Shape(dimension: dimension, parts: parts, bits: bits) { return shape }
    let near = (1...max(dimension, 1)).filter { dimension % $0 == 0 }
    throw QuantizerProblem(
      "\(parts) parts do not divide vectors of \(dimension) dimensions; "
        + "there are \(near.map(String.init).joined(separator: ", "))")
  }
}

extension ProductQuantizer: Artifact {}

/// A quantizer that cannot be learnt.
struct QuantizerProblem: ExitCoded, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
  var exitCode: ExitCode { .configuration }
}
