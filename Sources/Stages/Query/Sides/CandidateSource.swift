internal import Search

/// The light side: finds the documents that are worth verifying.
struct CandidateSource: Sendable {
  let context: SearchContext
  private let kind: SearchSettings.Coarse

  init(_ context: SearchContext) {
    self.context = context
    kind =
      context.settings.coarse ?? (context.index.hasPostings ? .sparse : context.index.hasCodes ? .pq : .dense)
  }

  /// (queries): the best `k` by the light side.
  func search(_ queries: [SearchQuery], k: Int, threads: Int) throws -> [[Hit]] {
    switch kind {
    case .sparse:
      let side = SparseSide(context: context)
      return try queries.mapParallel(threads) { try side.search(context.sparse($0), k: k) }
    case .pq:
      let side = CodeSide(context: context)
      return try queries.mapParallel(threads) { try side.search(context.dense($0), k: k) }
    case .dense:
      return try DenseSide(context: context).scan(
        queries.mapParallel(threads) { try context.dense($0) }, k: k, threads: threads)
    }
  }
}
