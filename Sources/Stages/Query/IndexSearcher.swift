internal import Codecs
package import Kernels
internal import Search
package import Shards
internal import Tokenizers

/// An open index: texts in, ranked passages out. Safe to use from several threads.
package final class IndexSearcher: Sendable {
  /// A passage found.
  package struct Passage: Sendable {
    /// The document's id, also where the index holds parts of documents.
    package let id: [UInt8]
    package let score: Float
    fileprivate let shard: Int
    fileprivate let document: UInt32
  }

  package let index: OpenIndex
  /// The mode in use.
  package let modeName: String
  private let mode: any SearchMode
  /// Whether the index holds parts of documents: the best part stands for its document.
  private let isSegmented: Bool

  package var manifest: Manifest { index.manifest }

  /// Queries that are answered together.
  private static let queriesAtOnce = 64

  /// Opens the published generation of an index, or a generation's folder. Throws `IndexError`, `FormatError`,
  /// `UnknownMode`, `OpenIndex.Lacking` for `probes` without lists, `ModelLocations.UnknownStage`.
  package init(
    _ path: String, models: [String] = [], settings: SearchSettings = SearchSettings()
  ) throws {
    let index = try OpenIndex(path)
    if settings.probes != nil { try index.checkLists() }
    let contract = index.contract
    let locations = try ModelLocations.of(IndexLocation.resolve(path).index?.path, options: models)
    try locations.checkStages(of: contract)
    let encoder = LoadOnce { try QueryEncoder(contract, generation: index.path, models: locations) }
    let type: any SearchMode.Type
    if let name = settings.mode {
      guard let named = SearchModes.named(name) else { throw UnknownMode(name: name) }
      type = named
    } else {
      type = SearchModes.usual(index)
    }
    self.index = index
    modeName = type.name
    mode = type.init(SearchContext(index: index, settings: settings, encoder: encoder))
    isSegmented = contract.stage(using: Segment.name) != nil
  }

  /// There is no such way to search.
  package struct UnknownMode: ExitCoded, CustomStringConvertible {
    let name: String
    package var exitCode: ExitCode { .configuration }
    package var description: String {
      let names = SearchModes.all.map { $0.name }
      return "there is no mode `\(name)`; there are \(names.joined(separator: ", "))"
    }
  }

  /// The best `k` passages, ties by id ascending; of a document that was cut into parts, the best part.
  package func search(_ text: [UInt8], k: Int, threads: Int = 1) throws -> [Passage] {
    try search([SearchQuery(text: text)], k: k, threads: threads)[0]
  }

  /// (queries): the same for many at once, on `threads` threads.
  package func search(_ queries: [SearchQuery], k: Int, threads: Int) throws -> [[Passage]] {
    // No list is longer than what is stored, whatever `k` is.
    let stored = max(1, index.documents.reduce(0) { $0 + $1.count })
    let k = min(k, stored)
    guard isSegmented else { return try passages(queries, k, threads) }
    var wanted = k
    var results = [[Passage]](repeating: [], count: queries.count)
    var open = Array(queries.indices)
    while !open.isEmpty {
      // A document's parts may fill the list: ask for more until k documents are in it, or there are no more parts.
      wanted = min(wanted * 4, stored)
      let found = try passages(open.map { queries[$0] }, wanted, threads)
      var left: [Int] = []
      for (query, parts) in zip(open, found) {
        let best = bestParts(parts)
        results[query] = Array(best.prefix(k))
        if wanted < stored, parts.count == wanted, best.count <= k { left.append(query) }
      }
      open = left
    }
    return results
  }

  private func passages(_ queries: [SearchQuery], _ k: Int, _ threads: Int) throws -> [[Passage]] {
    try mode.search(queries, k: k, threads: max(1, threads)).map { hits in
      try hits.map { Passage(id: try index.id(of: $0), score: $0.score, shard: $0.shard, document: $0.document) }
    }
  }

  /// The first part of each document, under the document's id; documents of equal score by id.
  private func bestParts(_ parts: [Passage]) -> [Passage] {
    var seen: Set<[UInt8]> = []
    let best = parts.compactMap { part -> Passage? in
      let document = Array(PassageIdentifier.document(of: part.id))
      guard seen.insert(document).inserted else { return nil }
      return Passage(id: document, score: part.score, shard: part.shard, document: part.document)
    }
    return best.sorted { left, right in
      left.score != right.score ? left.score > right.score : left.id.lexicographicallyPrecedes(right.id)
    }
  }

  /// The stored text of a passage; `nil` if the index has none.
  package func text(of passage: Passage) throws -> [UInt8]? {
    try index.documents[passage.shard].text(of: Int(passage.document))
  }

  /// Answers all queries, some at a time, on `threads` threads; `body` gets them in order.
  package func search(
    _ queries: [SearchQuery], k: Int, threads: Int, body: (_ id: [UInt8], _ passages: [Passage]) throws -> Void
  ) throws {
    for start in stride(from: 0, to: queries.count, by: Self.queriesAtOnce) {
      let part = Array(queries[start..<min(start + Self.queriesAtOnce, queries.count)])
      for (query, passages) in zip(part, try search(part, k: k, threads: threads)) { try body(query.id, passages) }
    }
  }
}
