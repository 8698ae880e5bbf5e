package import Kernels

/// Lloyd's k-means with seeded random starting points. The same bits for the same points, whatever the threads: a point
/// is assigned by itself, and centroids are sums in the order of the points.
///
/// Source: Lloyd, "Least squares quantization in PCM", 1982; empty clusters are refilled as in faiss, by splitting the
/// largest.
package struct KMeans: Sendable {
  package let points: ClusterKernels.Rows
  package let dimension: Int
  package let clusters: Int
  package let threads: Int

  /// Points that one thread assigns at a time.
  private static let pointsAtOnce = 4096

  /// - Parameter points: elements `column..<column + dimension` of their rows count.
  package init(points: ClusterKernels.Rows, dimension: Int, clusters: Int, threads: Int) {
    precondition(clusters > 0 && points.count > 0)
    self.points = points
    self.dimension = dimension
    self.clusters = clusters
    self.threads = threads
  }

  /// Different points, chosen by the seed; fewer points than clusters come again and again.
  package func start(seed: UInt64) -> [Float] {
    var random = SeededSequence(seed: seed)
    let chosen = random.sample(min(clusters, points.count), of: points.count)
    var centroids: [Float] = []
    centroids.reserveCapacity(clusters * dimension)
    for cluster in 0..<clusters { centroids += points.row(chosen[cluster % chosen.count], dimension: dimension) }
    return centroids
  }

  /// Centroids (clusters, dimension) after `iterations` steps from `centroids`.
  package func train(from centroids: [Float], iterations: Int) -> [Float] {
    var centroids = centroids
    for _ in 0..<iterations {
      let nearest = assign(to: centroids).nearest
      update(&centroids, nearest)
    }
    return centroids
  }

  /// The nearest centroid of each point (the first of equals), and half its squared distance less half the point's
  /// squared length, negated.
  package func assign(to centroids: [Float]) -> (nearest: [UInt32], values: [Float]) {
    let panels = VectorPanels(rows: centroids, dimension: dimension)
    let blocks = (points.count + Self.pointsAtOnce - 1) / Self.pointsAtOnce
    let parts = Parallel.results(blocks, threads: threads) { block -> (nearest: [UInt32], values: [Float]) in
      let part = points.part(block * Self.pointsAtOnce, Self.pointsAtOnce)
      var nearest = [UInt32](repeating: 0, count: part.count)
      var values = [Float](repeating: 0, count: part.count)
      ClusterKernels.nearest(part, panels, into: &nearest, &values)
      return (nearest, values)
    }
    if parts.count == 1 { return parts[0] }
    return (parts.flatMap(\.nearest), parts.flatMap(\.values))
  }

  /// Moves centroids to the means of their points.
  private func update(_ centroids: inout [Float], _ nearest: [UInt32]) {
    var sums = [Float](repeating: 0, count: clusters * dimension)
    var counts = [Int](repeating: 0, count: clusters)
    ClusterKernels.accumulate(points, dimension: dimension, nearest: nearest, sums: &sums, counts: &counts)
    for cluster in 0..<clusters where counts[cluster] > 0 {
      let scale = 1 / Float(counts[cluster])
      for index in cluster * dimension..<(cluster + 1) * dimension { centroids[index] = sums[index] * scale }
    }
    guard points.count > clusters else { return }
    for cluster in 0..<clusters where counts[cluster] == 0 { split(into: cluster, &centroids, &counts) }
  }

  /// The empty cluster takes half of the largest: both become its centroid, moved a little apart.
  private func split(into empty: Int, _ centroids: inout [Float], _ counts: inout [Int]) {
    guard let largest = counts.indices.max(by: { counts[$0] < counts[$1] }) else { return }
    let epsilon: Float = 1 / 1024
    for element in 0..<dimension {
      let value = centroids[largest * dimension + element]
      let sign: Float = element % 2 == 0 ? 1 : -1
      centroids[empty * dimension + element] = value * (1 + sign * epsilon)
      centroids[largest * dimension + element] = value * (1 - sign * epsilon)
    }
    counts[empty] = counts[largest] / 2
    counts[largest] -= counts[empty]
  }
}
