import Foundation
import Kernels
import Quantizers
import Testing

@Suite("ColBERTv2's compression")
struct ResidualCodecTests {
  @Test("packs bits as ColBERTv2 does")
  func packing() {
    #expect(ResidualCodec.pack([0, 1, 2, 3, 3, 2, 1, 0], bits: 2) == [39, 216])
    #expect(ResidualCodec.pack([0, 1, 1, 0, 0, 0, 0, 1], bits: 1) == [97])
    #expect(ResidualCodec.pack([0, 1, 2, 8, 15, 3, 7, 4], bits: 4) == [8, 65, 252, 226])
    for bits in [1, 2, 4] {
      let buckets = (0..<64).map { UInt8(($0 * 7) % (1 << bits)) }
      #expect(ResidualCodec.unpack(ResidualCodec.pack(buckets, bits: bits), bits: bits) == buckets)
    }
  }

  @Test("gives the codes, bytes and vectors of its algorithm in PyTorch")
  func golden() throws {
    for golden in try QuantizerGolden.read().residuals {
      let codec = ResidualCodec(
        dimension: golden.dimension, bits: golden.bits, centroids: golden.centroids, cutoffs: golden.cutoffs,
        weights: golden.weights)
      let (centroids, residuals) = codec.encode(golden.vectors)
      #expect(centroids == golden.codes)
      // A residual that equals a cutoff up to rounding may fall to either side.
      let different = zip(residuals, golden.packed).filter { $0 != $1 }.count
      #expect(different <= golden.packed.count / 100)
      let decoded = try #require(codec.decode(centroids: golden.codes, residuals: golden.packed))
      for (own, theirs) in zip(decoded, golden.decoded) { #expect(abs(own - theirs) < 1e-5) }
    }
  }

  @Test("samples and partitions by ColBERTv2's rules")
  func rules() {
    #expect(ResidualTraining.sampled(passages: 1000) == 1000)
    #expect(ResidualTraining.sampled(passages: 8_841_823) == 1 + Int(16 * (120.0 * 8_841_823).squareRoot()))
    #expect(ResidualTraining.partitions(passages: 1000, meanLength: 70) == 4096)
    #expect(ResidualTraining.partitions(passages: 8_841_823, meanLength: 67) == 262_144)
  }

  @Test("more bits give back more of a vector, and training repeats itself")
  func training() {
    var sample = clusteredSample(count: 1000, dimension: 16, seed: 2)
    for start in stride(from: 0, to: sample.count, by: 16) {
      let length = sample[start..<start + 16].reduce(0) { $0 + $1 * $1 }.squareRoot()
      for index in start..<start + 16 { sample[index] /= length }
    }
    var errors: [Float] = []
    for bits in [1, 2, 4] {
      var settings = ResidualTraining.Settings()
      settings.bits = bits
      let codec = ResidualTraining.train(sample, dimension: 16, partitions: 32, settings: settings)
      settings.threads = 3
      let again = ResidualTraining.train(sample, dimension: 16, partitions: 32, settings: settings)
      #expect(codec.centroids == again.centroids && codec.cutoffs == again.cutoffs && codec.weights == again.weights)
      let (centroids, residuals) = codec.encode(sample)
      let decoded = codec.decode(centroids: centroids, residuals: residuals) ?? []
      errors.append(zip(sample, decoded).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) })
    }
    #expect(errors[0] > errors[1] && errors[1] > errors[2])
    #expect(errors[2] < 0.02 * Float(sample.count / 16))
  }
}
