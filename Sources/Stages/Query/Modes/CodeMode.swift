package import Search

/// Product-quantized codes alone: BiDR's light side.
package struct CodeMode: SearchMode {
  package static let name = "pq"
  package static let summary = "exact top k of the product-quantized codes, held in memory"
  package static let needs = ["dense", "quantizer"]

  private let context: SearchContext

  package init(_ context: SearchContext) { self.context = context }

  package func search(_ queries: [SearchQuery], k: Int, threads: Int) throws -> [[Hit]] {
    let side = CodeSide(context: context)
    return try queries.mapParallel(threads) { query in
      var encoded = try context.dense(query)
      if let feedback = context.settings.feedback {
        encoded = try DenseSide(context: context).update(
          encoded, by: feedback, side.search(encoded, k: feedback.documents))
      }
      return try side.search(encoded, k: k)
    }
  }
}
