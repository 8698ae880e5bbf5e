package import Search

/// The sparse side alone.
package struct SparseMode: SearchMode {
  package static let name = "sparse"
  package static let summary = "exact top k of the inverted index"
  package static let needs = ["sparse"]

  private let context: SearchContext

  package init(_ context: SearchContext) { self.context = context }

  package func search(_ queries: [SearchQuery], k: Int, threads: Int) throws -> [[Hit]] {
    let side = SparseSide(context: context)
    return try queries.mapParallel(threads) { query in
      var encoded = try context.sparse(query)
      if let feedback = context.settings.feedback {
        encoded = try side.update(encoded, by: feedback, side.search(encoded, k: feedback.documents))
      }
      return try side.search(encoded, k: k)
    }
  }
}
