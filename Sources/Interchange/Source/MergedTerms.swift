internal import Shards

/// The terms of all shards in byte order, each once, with its lists in the shards that have it.
struct MergedTerms {
  struct Term {
    let bytes: [UInt8]
    /// In the order of shards.
    let lists: [List]

    struct List {
      let shard: ExportSource.Shard
      let postings: PostingsReader
      let entry: TermEntry
    }

    /// Documents that have the term.
    var documentFrequency: Int { lists.reduce(0) { $0 + $1.entry.documentFrequency } }
    /// The largest impact of all lists.
    var maxImpact: Float { lists.reduce(-.infinity) { max($0, $1.entry.maxImpact) } }

    /// Calls `body` with each block of postings in ascending order of documents: the first `count` elements of both
    /// arrays are valid, and `base` is to be added to the documents.
    func forEachBlock(
      _ body: (_ base: Int, _ documents: [UInt32], _ impacts: [Float], _ count: Int) throws -> Void
    ) throws {
      for list in lists {
        var cursor = try list.postings.cursor(at: list.entry)
        while !cursor.isExhausted {
          try cursor.decode()
          try body(list.shard.base, cursor.documents, cursor.impacts, cursor.count)
          try cursor.advanceBlock()
        }
      }
    }
  }

  private let shards: [(shard: ExportSource.Shard, postings: PostingsReader)]
  private var walks: [TermWalk]
  private var heads: [(term: [UInt8], entry: TermEntry)?]

  init(_ source: ExportSource) throws {
    shards = source.shards.compactMap { shard in shard.postings.map { (shard, $0) } }
    walks = shards.map { $0.postings.walkTerms() }
    heads = []
    for index in walks.indices { heads.append(try walks[index].next()) }
  }

  mutating func next() throws -> Term? {
    var least: [UInt8]?
    for case let head? in heads where least.map({ head.term.lexicographicallyPrecedes($0) }) ?? true {
      least = head.term
    }
    guard let least else { return nil }
    var lists: [Term.List] = []
    for index in heads.indices {
      guard let head = heads[index], head.term == least else { continue }
      lists.append(Term.List(shard: shards[index].shard, postings: shards[index].postings, entry: head.entry))
      heads[index] = try walks[index].next()
    }
    return Term(bytes: least, lists: lists)
  }
}
