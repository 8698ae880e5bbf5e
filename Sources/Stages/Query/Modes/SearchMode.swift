package import Search

/// A way to search. A new one is one file and one line in `SearchModes.all`.
package protocol SearchMode: Sendable {
  /// What `--mode` says.
  static var name: String { get }
  /// One line for help.
  static var summary: String { get }
  /// The inputs of stage `shard` without which an index cannot be searched so.
  static var needs: [String] { get }

  init(_ context: SearchContext)

  /// (queries): the best `k` of each, in the order of results. Throws `OpenIndex.Lacking`, `FormatError`, and what the
  /// encoder of queries throws.
  func search(_ queries: [SearchQuery], k: Int, threads: Int) throws -> [[Hit]]
}

package enum SearchModes {
  package static let all: [any SearchMode.Type] = [
    SparseMode.self, DenseMode.self, CodeMode.self, BigranularMode.self, HybridMode.self, ColBERTMode.self,
    RerankMode.self,
  ]

  package static func named(_ name: String) -> (any SearchMode.Type)? { all.first { $0.name == name } }

  /// What an index is searched with unless told otherwise: everything that it was made of.
  static func usual(_ index: OpenIndex) -> any SearchMode.Type {
    if index.hasPostings { return index.hasVectors ? BigranularMode.self : SparseMode.self }
    if index.hasVectors { return DenseMode.self }
    if index.hasCodes { return CodeMode.self }
    return ColBERTMode.self
  }
}
