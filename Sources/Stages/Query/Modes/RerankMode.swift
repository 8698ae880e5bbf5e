internal import Kernels
package import Search

/// The documents of a run, from any engine, ranked again: as TILDEv2 ranks BM25's first thousand.
package struct RerankMode: SearchMode {
  package static let name = "rerank"
  package static let summary = "the documents of a given run, scored again by dense, sparse or token vectors"
  package static let needs: [String] = []

  private let context: SearchContext

  package init(_ context: SearchContext) { self.context = context }

  /// There is no run to rank again.
  struct NoRun: ExitCoded, CustomStringConvertible {
    var exitCode: ExitCode { .usage }
    var description: String { "mode `rerank` needs a run file: --rerank FILE" }
  }

  package func search(_ queries: [SearchQuery], k: Int, threads: Int) throws -> [[Hit]] {
    guard let run = context.settings.run else { throw NoRun() }
    return try queries.mapParallel(threads) { query in
      let candidates = try self.candidates((run.hits[query.id] ?? []).map(\.document))
      return try context.index.best(score(query, candidates), k: k)
    }
  }

  /// The index's documents of these ids; others are left out.
  private func candidates(_ ids: [[UInt8]]) throws -> [Hit] {
    try ids.compactMap { id in
      for (shard, documents) in context.index.documents.enumerated() {
        if let number = try documents.number(of: id) { return Hit(shard: shard, document: UInt32(number), score: 0) }
      }
      return nil
    }
  }

  private func score(_ query: SearchQuery, _ candidates: [Hit]) throws -> [Hit] {
    switch context.settings.by {
    case .dense: try DenseSide(context: context).score(context.dense(query), candidates)
    case .sparse: try SparseSide(context: context).score(context.sparse(query), candidates)
    case .colbert: try TokenSide(context: context).score(context.tokenVectors(query), candidates)
    }
  }
}
