internal import Kernels

/// ColBERT's score: for each vector of the query the largest inner product with a vector of the document, added up.
/// Source: Khattab, Zaharia, "ColBERT", 2020, 3.3.
package enum MaxSim {
  /// `query` and `document`: (vectors, dimension). 0 for a document without vectors.
  package static func score(_ query: [Float], _ document: [Float], dimension: Int) -> Float {
    if document.isEmpty { return 0 }
    let rows = FloatStorage(document)
    let count = document.count / dimension
    let products = FloatStorage(count: count * (query.count / dimension))
    // (document vectors, query vectors): sums in one fixed order.
    ClusterKernels.multiply(
      .init(rows, start: 0, count: count, stride: dimension), VectorPanels(rows: query, dimension: dimension),
      into: .init(products, start: 0, count: count, stride: query.count / dimension))
    var sum: Float = 0
    for token in 0..<query.count / dimension {
      var best = -Float.infinity
      for vector in 0..<count { best = max(best, products[vector * (query.count / dimension) + token]) }
      sum += best
    }
    return sum
  }
}
