internal import Shards

/// The sparse vectors document by document, out of lists that are term by term.
///
/// The documents are taken in windows whose postings fit the budget; each window is one pass over the lists, which
/// decodes the blocks that reach into it. Memory: the budget, and four bytes a document.
struct ForwardRows {
  private let source: ExportSource
  private let plan: SparsePlan
  /// (documents): entries of the row.
  let counts: [UInt32]

  /// Bytes of an entry in a window.
  private static let entryBytes = 8

  init(_ source: ExportSource, _ plan: SparsePlan) throws {
    self.source = source
    self.plan = plan
    var counts = [UInt32](repeating: 0, count: source.documentCount)
    try plan.forEachTerm(source) { _, term in
      try term.forEachBlock { base, documents, _, count in
        for index in 0..<count { counts[base + Int(documents[index])] += 1 }
      }
    }
    self.counts = counts
  }

  /// One row: terms ascending by number, with their impacts as they are written.
  struct Row {
    let document: Int
    let terms: ArraySlice<UInt32>
    let impacts: ArraySlice<Float>
  }

  /// Calls `body` with each row in order; gives how many impacts were lowered.
  func forEachRow(budget: Int = 256 << 20, _ body: (Row) throws -> Void) throws -> Int {
    var clipped = 0
    var start = 0
    while start < counts.count {
      let end = windowEnd(start, budget)
      let window = try Window(source, plan, counts, start..<end, &clipped)
      for document in start..<end { try body(window.row(document)) }
      start = end
    }
    return clipped
  }

  private func windowEnd(_ start: Int, _ budget: Int) -> Int {
    var end = start
    var entries = 0
    while end < counts.count {
      entries += Int(counts[end])
      if end > start, entries * Self.entryBytes > budget { break }
      end += 1
    }
    return end
  }

  /// The rows of some documents.
  private struct Window {
    let documents: Range<Int>
    /// (documents + 1).
    private var starts: [Int]
    private var terms: [UInt32]
    private var impacts: [Float]

    init(
      _ source: ExportSource, _ plan: SparsePlan, _ counts: [UInt32], _ documents: Range<Int>, _ clipped: inout Int
    ) throws {
      self.documents = documents
      starts = [0]
      starts.reserveCapacity(documents.count + 1)
      for document in documents { starts.append(starts[starts.count - 1] + Int(counts[document])) }
      terms = [UInt32](repeating: 0, count: starts[documents.count])
      impacts = [Float](repeating: 0, count: starts[documents.count])
      // The lists come in byte order of their terms, shard by shard, and a document is in one shard: so each row fills
      // up in ascending order.
      var next = Array(starts.dropLast())
      for shard in source.shards {
        let low = max(documents.lowerBound, shard.base)
        let high = min(documents.upperBound, shard.base + shard.documents.count)
        guard low < high else { continue }
        try fill(
          shard, plan.numbers[shard.number], UInt32(low - shard.base)..<UInt32(high - shard.base), plan, &next, &clipped
        )
      }
    }

    private mutating func fill(
      _ shard: ExportSource.Shard, _ numbers: [UInt32], _ range: Range<UInt32>, _ plan: SparsePlan,
      _ next: inout [Int], _ clipped: inout Int
    ) throws {
      guard let postings = shard.postings else { return }
      var walk = postings.walkTerms()
      let offset = shard.base - documents.lowerBound
      while let (_, entry) = try walk.next() {
        let number = numbers[entry.ordinal]
        guard number != SparsePlan.dropped else { continue }
        var cursor = try postings.cursor(at: entry)
        try cursor.advance(to: range.lowerBound)
        while try cursor.decode(below: range.upperBound) {
          let found = cursor.documents
          let weights = cursor.impacts
          for index in 0..<cursor.count where range.contains(found[index]) {
            let row = offset + Int(found[index])
            terms[next[row]] = number
            impacts[next[row]] = plan.clipped(weights[index], counting: &clipped)
            next[row] += 1
          }
          try cursor.advanceBlock()
        }
      }
    }

    func row(_ document: Int) -> Row {
      let range = starts[document - documents.lowerBound]..<starts[document - documents.lowerBound + 1]
      return Row(document: document, terms: terms[range], impacts: impacts[range])
    }
  }
}

/// The vectors of an index as an export sees them, for tests.
package enum ExportInspection {
  /// (documents): term -> impact, gathered in windows of `budget` bytes.
  package static func rows(_ path: String, budget: Int) throws -> [[String: Float]] {
    let source = try ExportSource(path)
    let plan = try SparsePlan(source, SparseLimits(format: "rows"), ExportOptions())
    var rows: [[String: Float]] = []
    _ = try ForwardRows(source, plan).forEachRow(budget: budget) { row in
      rows.append(
        Dictionary(
          uniqueKeysWithValues: zip(row.terms, row.impacts).map { term, impact in
            (String(decoding: plan.terms[Int(term)], as: UTF8.self), impact)
          }))
    }
    return rows
  }
}
