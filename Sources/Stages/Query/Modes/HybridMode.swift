package import Search

/// The rankings of the sparse side and of all dense vectors, made into one.
package struct HybridMode: SearchMode {
  package static let name = "hybrid"
  package static let summary = "the sparse and the dense ranking fused: interpolation, normalized, or reciprocal ranks"
  package static let needs = ["sparse", "dense"]

  private let context: SearchContext

  package init(_ context: SearchContext) { self.context = context }

  private struct Queries {
    var sparse: [Query]
    var dense: [[Float]]
  }

  package func search(_ queries: [SearchQuery], k: Int, threads: Int) throws -> [[Hit]] {
    let settings = context.settings
    var encoded = Queries(
      sparse: try queries.mapParallel(threads) { try context.sparse($0) },
      dense: try queries.mapParallel(threads) { try context.dense($0) })
    guard let feedback = settings.feedback else { return try fused(encoded, k: k, threads) }
    if settings.feedbackStage != .after {
      let lists = try lists(encoded, length: feedback.documents, threads)
      try update(&encoded, feedback, lists.sparse, lists.dense)
    }
    if settings.feedbackStage != .before {
      let first = try fused(encoded, k: feedback.documents, threads)
      try update(&encoded, feedback, first, first)
    }
    return try fused(encoded, k: k, threads)
  }

  private func update(_ queries: inout Queries, _ feedback: Feedback, _ sparse: [[Hit]], _ dense: [[Hit]]) throws {
    let (light, heavy) = (SparseSide(context: context), DenseSide(context: context))
    for index in queries.sparse.indices {
      queries.sparse[index] = try light.update(queries.sparse[index], by: feedback, sparse[index])
      queries.dense[index] = try heavy.update(queries.dense[index], by: feedback, dense[index])
    }
  }

  private func lists(_ queries: Queries, length: Int, _ threads: Int) throws -> (sparse: [[Hit]], dense: [[Hit]]) {
    let side = SparseSide(context: context)
    return (
      try queries.sparse.mapParallel(threads) { try side.search($0, k: length) },
      try DenseSide(context: context).scan(queries.dense, k: length, threads: threads)
    )
  }

  private func fused(_ queries: Queries, k: Int, _ threads: Int) throws -> [[Hit]] {
    let fusion = context.settings.fusion
    let weight = context.settings.weight ?? fusion.defaultWeight
    let lists = try lists(queries, length: max(k, context.settings.candidates), threads)
    return try zip(lists.sparse, lists.dense).map { sparse, dense in
      try context.index.best(fusion.fuse(sparse, dense, weight: weight), k: k)
    }
  }
}
