internal import Kernels

/// Learns centroids and buckets from a sample of token vectors, by the rules of ColBERTv2's `collection_indexer.py`.
package enum ResidualTraining {
  package struct Settings: Sendable {
    /// 1, 2 or 4.
    package var bits = 2
    /// Steps of k-means.
    package var iterations = 4
    package var seed: UInt64 = 123
    package var threads = 1

    package init() {}
  }

  /// How many of `passages` are sampled: min(1 + floor(16 sqrt(120 N)), N).
  package static func sampled(passages: Int) -> Int {
    min(1 + Int(16 * (120 * Double(passages)).squareRoot()), passages)
  }

  /// How many centroids `passages` of `meanLength` vectors get: the power of two at or below 16 sqrt(N * length).
  package static func partitions(passages: Int, meanLength: Double) -> Int {
    let target = 16 * (Double(passages) * meanLength).squareRoot()
    var partitions = 1
    while Double(partitions * 2) <= target { partitions *= 2 }
    return partitions
  }

  /// - Parameters:
  ///   - sample: (vectors, dimension), in random order: the last 5 %, at most 50,000, are held out for the buckets.
  ///   - partitions: centroids; fewer where the sample is too small.
  package static func train(
    _ sample: [Float], dimension: Int, partitions: Int, settings: Settings = Settings()
  ) -> ResidualCodec {
    let vectors = sample.count / dimension
    let heldOut = max(1, min(vectors / 20, 50_000))
    let trained = max(1, vectors - heldOut)
    let storage = FloatStorage(sample)
    let means = KMeans(
      points: .init(storage, start: 0, count: trained, stride: dimension), dimension: dimension,
      clusters: max(1, min(partitions, trained)), threads: settings.threads)
    let raw = means.train(from: means.start(seed: settings.seed), iterations: settings.iterations)
    var centroids: [Float] = []
    centroids.reserveCapacity(raw.count)
    for start in stride(from: 0, to: raw.count, by: dimension) {
      centroids += ResidualCodec.normalized(Array(raw[start..<start + dimension]))
    }
    let levels = 1 << settings.bits
    let plain = ResidualCodec(
      dimension: dimension, bits: settings.bits, centroids: centroids,
      cutoffs: [Float](repeating: 0, count: levels - 1), weights: [Float](repeating: 0, count: levels))
    let residuals = self.residuals(Array(sample.suffix(heldOut * dimension)), plain)
    return ResidualCodec(
      dimension: dimension, bits: settings.bits, centroids: centroids,
      cutoffs: (1..<levels).map { quantile(residuals, Double($0) / Double(levels)) },
      weights: (0..<levels).map { quantile(residuals, (Double($0) + 0.5) / Double(levels)) })
  }

  /// All values of the residuals, ascending.
  private static func residuals(_ vectors: [Float], _ codec: ResidualCodec) -> [Float] {
    let nearest = codec.nearest(vectors)
    var residuals = vectors
    for index in residuals.indices {
      let centroid = Int(nearest[index / codec.dimension])
      residuals[index] -= codec.centroids[centroid * codec.dimension + index % codec.dimension]
    }
    return residuals.sorted()
  }

  /// Linear interpolation between neighbours, as `torch.quantile`.
  private static func quantile(_ sorted: [Float], _ fraction: Double) -> Float {
    let place = fraction * Double(sorted.count - 1)
    let low = Int(place)
    let high = min(low + 1, sorted.count - 1)
    return sorted[low] + Float(place - Double(low)) * (sorted[high] - sorted[low])
  }
}
