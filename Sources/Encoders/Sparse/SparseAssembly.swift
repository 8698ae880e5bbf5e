/// Makes sparse vectors of weights.
enum SparseAssembly {
  /// Weights of the tokens of a text: equal tokens are combined, what is not above 0 is left out of a maximum (the
  /// framework's scatter starts from zeros).
  static func vector(tokens: [Int32], weights: [Float], pooling: SparseMethod.Pooling) -> SparseVector {
    // By token, equal ones by their places: sums are made in the text's order.
    let order = tokens.indices.map { UInt64(UInt32(bitPattern: tokens[$0])) << 32 | UInt64($0) }.sorted()
    var terms: [Int32] = []
    var sums: [Float] = []
    terms.reserveCapacity(order.count)
    sums.reserveCapacity(order.count)
    var next = 0
    while next < order.count {
      let token = Int32(truncatingIfNeeded: order[next] >> 32)
      var combined: Float = 0
      while next < order.count, Int32(truncatingIfNeeded: order[next] >> 32) == token {
        let weight = weights[Int(order[next] & 0xffff_ffff)]
        combined = pooling == .maximum ? max(combined, weight) : combined + weight
        next += 1
      }
      guard combined != 0 else { continue }
      terms.append(token)
      sums.append(combined)
    }
    return SparseVector(terms: terms, weights: sums)
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
