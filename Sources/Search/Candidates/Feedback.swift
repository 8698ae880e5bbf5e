/// Pseudo-relevance feedback: the query moves towards what it found first.
///
/// `average`: the mean of the query and the documents. `rocchio`: alpha * query + beta * the mean of the documents.
/// Source: Li, Mourad, Zhuang, Koopman, Zuccon, "Pseudo relevance feedback with deep language models and dense
/// retrievers", 2022, whose defaults these are.
package struct Feedback: Sendable {
  package enum Method: String, Sendable, CaseIterable, Codable { case average, rocchio }

  package var method: Method
  /// Documents that count as relevant.
  package var documents: Int
  package var alpha = 0.4
  package var beta = 0.6
  /// Terms that a sparse query keeps.
  package var terms = 20

  package init(_ method: Method, documents: Int? = nil) {
    self.method = method
    self.documents = documents ?? (method == .average ? 3 : 5)
  }

  private func weights(_ count: Int) -> (query: Double, document: Double) {
    switch method {
    case .average: (1 / Double(count + 1), 1 / Double(count + 1))
    case .rocchio: (alpha, beta / Double(max(count, 1)))
    }
  }

  /// - Parameter found: (documents, dimension).
  package func dense(_ query: [Float], _ found: [[Float]]) -> [Float] {
    if found.isEmpty { return query }
    let weights = weights(found.count)
    return query.indices.map { index in
      Float(found.reduce(weights.query * Double(query[index])) { $0 + weights.document * Double($1[index]) })
    }
  }

  /// Query and documents are brought to length 1 first, for impacts and query weights have scales of their own; of the
  /// result the terms with the largest weights are kept.
  package func sparse(_ query: Query, _ found: [[(term: [UInt8], impact: Float)]]) throws -> Query {
    if found.isEmpty { return query }
    let weights = weights(found.count)
    var sums: [[UInt8]: Double] = [:]
    func add(_ terms: [(term: [UInt8], impact: Float)], _ weight: Double) {
      let length = terms.reduce(0.0) { $0 + Double($1.impact) * Double($1.impact) }.squareRoot()
      for (term, impact) in terms where length > 0 { sums[term, default: 0] += weight * Double(impact) / length }
    }
    add(query.terms.map { ($0.bytes, $0.weight) }, weights.query)
    for terms in found { add(terms, weights.document) }
    let best = sums.sorted { left, right in
      left.value != right.value ? left.value > right.value : left.key.lexicographicallyPrecedes(right.key)
    }.prefix(terms)
    return try Query(best.map { (term: $0.key, weight: Float($0.value)) })
  }
}
