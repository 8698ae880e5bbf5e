package import Search

/// Every dense vector is scored: what the other modes are measured against.
package struct DenseMode: SearchMode {
  package static let name = "dense"
  package static let summary = "exact top k of all dense vectors, read from disk"
  package static let needs = ["dense"]

  private let context: SearchContext

  package init(_ context: SearchContext) { self.context = context }

  package func search(_ queries: [SearchQuery], k: Int, threads: Int) throws -> [[Hit]] {
    let side = DenseSide(context: context)
    var encoded = try queries.mapParallel(threads) { try context.dense($0) }
    if let feedback = context.settings.feedback {
      let found = try side.scan(encoded, k: feedback.documents, threads: threads)
      encoded = try zip(encoded, found).map { try side.update($0, by: feedback, $1) }
    }
    return try side.scan(encoded, k: k, threads: threads)
  }
}
