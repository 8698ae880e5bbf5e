/// Makes sparse vectors of weights.
enum SparseAssembly {
  /// Weights of the tokens of a text: equal tokens are combined, what is not above 0 is left out of a maximum (the
  /// framework's scatter starts from zeros).
  static func vector(tokens: [Int32], weights: [Float], pooling: SparseMethod.Pooling) -> SparseVector {
    var combined: [Int32: Float] = [:]
    for (token, weight) in zip(tokens, weights) {
      switch pooling {
      case .maximum: combined[token] = max(combined[token] ?? 0, weight)
      case .sum: combined[token, default: 0] += weight
      }
    }
    let kept = combined.filter { $0.value != 0 }.sorted { $0.key < $1.key }
    return SparseVector(terms: kept.map(\.key), weights: kept.map(\.value))
  }

  /// The `count` largest weights, equal ones by their terms.
  static func top(_ count: Int, of vector: SparseVector) -> SparseVector {
    guard vector.terms.count > count else { return vector }
    let order = vector.terms.indices.sorted {
      (vector.weights[$1], vector.terms[$0]) < (vector.weights[$0], vector.terms[$1])
    }
    return select(order.prefix(count).sorted(), of: vector)
  }

  /// What is above `ratio` of the largest weight.
  static func above(_ ratio: Double, of vector: SparseVector) -> SparseVector {
    let border = Float(ratio) * (vector.weights.max() ?? 0)
    return select(vector.weights.indices.filter { vector.weights[$0] > border }, of: vector)
  }

  static func select(_ indices: [Int], of vector: SparseVector) -> SparseVector {
    SparseVector(terms: indices.map { vector.terms[$0] }, weights: indices.map { vector.weights[$0] })
  }
}
