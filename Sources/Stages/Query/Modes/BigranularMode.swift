package import Search

/// Candidates of the light side in memory, verified by the heavy one on disk: dense + weight * coarse (BiDR, which takes
/// 0.3 of PQ scores; without a weight the dense score alone decides).
package struct BigranularMode: SearchMode {
  package static let name = "bigranular"
  package static let summary = "candidates of the sparse side or of codes, verified by dense vectors on disk"
  package static let needs = ["dense"]

  private let context: SearchContext

  package init(_ context: SearchContext) { self.context = context }

  package func search(_ queries: [SearchQuery], k: Int, threads: Int) throws -> [[Hit]] {
    let side = DenseSide(context: context)
    let candidates = try CandidateSource(context).search(
      queries, k: max(k, context.settings.candidates), threads: threads)
    let readThreads = queries.count == 1 ? threads : 1
    return try Array(zip(queries, candidates)).mapParallel(threads) { query, candidates in
      var encoded = try context.dense(query)
      if let feedback = context.settings.feedback {
        let first = try context.index.best(
          Self.verified(side, encoded, candidates, context.settings.weight ?? 0, readThreads), k: feedback.documents)
        encoded = try side.update(encoded, by: feedback, first)
      }
      return try context.index.best(
        Self.verified(side, encoded, candidates, context.settings.weight ?? 0, readThreads), k: k)
    }
  }

  private static func verified(
    _ side: DenseSide, _ query: [Float], _ candidates: [Hit], _ weight: Double, _ threads: Int
  ) throws -> [Hit] {
    let fine = try side.score(query, candidates, threads: threads)
    if weight == 0 { return fine }
    var coarse: [Hit.Place: Float] = [:]
    for hit in candidates { coarse[hit.place] = hit.score }
    return fine.map { hit in
      Hit(
        shard: hit.shard, document: hit.document,
        score: Float(Double(hit.score) + weight * Double(coarse[hit.place] ?? 0)))
    }
  }
}
