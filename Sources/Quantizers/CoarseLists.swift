package import Kernels

/// Centroids that part vectors into lists, so that a search scans only the codes that are near to its query: the
/// inverted file of Jegou, Douze, Schmid, "Product quantization for nearest neighbor search", 2011, section IV (faiss's
/// `IndexIVFPQ`).
///
/// A vector is in the list of its nearest centroid, the first of equals. A query takes the lists whose centroids have the
/// largest inner products with it: a centroid is the mean of its vectors, so this is the mean of their scores.
///
/// Codes are of the vectors themselves, and not of what a vector differs from its centroid as in the paper. Residuals
/// would be coded a little better; this way a search of all lists has bit for bit the scores of one without lists, the
/// tables serve every list, and codes are exported as ever. Centroids are not rotated: training that changes codebooks
/// or rotation leaves lists as they are.
package struct CoarseLists: Sendable {
  package let dimension: Int
  /// (lists, dimension).
  package let centroids: [Float]
  private let panels: VectorPanels

  package var count: Int { panels.count }

  /// - Precondition: there is a centroid, and all are whole.
  package init(dimension: Int, centroids: [Float]) {
    precondition(!centroids.isEmpty && centroids.count % dimension == 0)
    self.dimension = dimension
    self.centroids = centroids
    panels = VectorPanels(rows: centroids, dimension: dimension)
  }

  /// Learns them from a sample (vectors, dimension), by k-means: no more than it has vectors. The same bits whatever the
  /// threads.
  package static func train(
    _ sample: [Float], dimension: Int, lists: Int, seed: UInt64, threads: Int, iterations: Int = 10
  ) -> CoarseLists {
    let count = sample.count / dimension
    let means = KMeans(
      points: .init(FloatStorage(sample), start: 0, count: count, stride: dimension), dimension: dimension,
      clusters: min(lists, count), threads: threads)
    return CoarseLists(
      dimension: dimension, centroids: means.train(from: means.start(seed: seed), iterations: iterations))
  }

  /// (vectors): the list of each.
  package func lists(of vectors: [Float]) -> [UInt32] {
    let count = vectors.count / dimension
    let rows = ClusterKernels.Rows(FloatStorage(vectors), start: 0, count: count, stride: dimension)
    var nearest = [UInt32](repeating: 0, count: count)
    var values = [Float](repeating: 0, count: count)
    ClusterKernels.nearest(rows, panels, into: &nearest, &values)
    return nearest
  }

  /// The `probes` lists to scan for a query, ascending; the first of lists that are equally near.
  package func nearest(to query: [Float], probes: Int) -> [Int] {
    precondition(query.count == dimension)
    if probes >= count { return Array(0..<count) }
    let scores = FloatStorage(count: count)
    ClusterKernels.multiply(
      .init(FloatStorage(query), start: 0, count: 1, stride: dimension), panels,
      into: .init(scores, start: 0, count: 1, stride: count))
    return CodeSearch.largest(scores.values, k: probes).sorted()
  }
}
