internal import Shards

/// MaxScore with block maxima, a window of documents at a time.
///
/// The k-th best score so far is a threshold. Terms whose upper bounds together stay below it cannot bring a document
/// in alone: they are not essential, and are only looked up for documents that the essential ones found. Bounds are
/// those of whole lists first, then, for what is left, of the blocks that lie in the window; a window whose bounds
/// together stay below the threshold is skipped unread. Documents that may tie with the k-th are always examined.
///
/// Sources: Turtle and Flood, "Query evaluation: strategies and optimizations", 1995 (MaxScore); Ding and Suel, "Faster
/// top-k document retrieval using block-max indexes", 2011; windows scored term by term as in Lucene's
/// `MaxScoreBulkScorer`.
package enum MaxScore: EvaluationStrategy {
  package static let name = "maxscore"

  package static func search(_ query: inout ShardQuery, _ collector: inout TopKCollector) throws {
    // Bounds are of absent and present terms alike, so they hold for impacts that are not negative.
    guard query.reader.totals.minImpact >= 0 else { return try Exhaustive.search(&query, &collector) }
    var search = MaxScoreSearch(query)
    try search.run(&collector)
  }
}

private struct MaxScoreSearch {
  private var query: ShardQuery
  private let slack: Double
  private let sumsAreExact: Bool
  /// Terms in the order in which they stop to be essential: what costs much and brings little comes first.
  private let order: [Int]
  private let listBounds: [Double]
  /// (terms): the bound that is in force in this window.
  private var bounds: [Double]
  private var isEssential: [Bool]
  private var plan = Plan()
  private var window = ScoreWindow()
  private var candidates = Candidates()
  private var table = ImpactTable()
  private var scorer: CanonicalScorer
  /// (terms): how many postings a window has on average.
  private let windowPostings: [Double]
  /// Postings that are read in the time of one seek.
  private static let postingsPerSeek = 8.0
  /// (terms): windows in which the term counts as essential, before look-ups are tried again.
  private var windowsToRead: [Int]
  private static let windowsBetweenTrials = 16

  /// Which terms cannot matter alone, whatever the window.
  private struct Plan {
    var cut = -Double.infinity
    /// Terms that lead to documents, and the others, with the sum of their list bounds; both in `order`'s order.
    var leading: [Int] = []
    var idle: [Int] = []
    var idleBound = 0.0
  }

  init(_ query: ShardQuery) {
    self.query = query
    slack = query.slack
    sumsAreExact = query.sumsAreExact
    let bounds = query.entries.indices.map { query.bound($0, ofImpact: query.entries[$0].maxImpact) }
    let frequencies = query.entries.map { Double($0.documentFrequency) }
    let windows = Double(query.reader.documentCount) / Double(ScoreWindow.length)
    windowPostings = frequencies.map { $0 / max(1, windows) }
    listBounds = bounds
    self.bounds = bounds
    isEssential = bounds.map { _ in true }
    windowsToRead = bounds.map { _ in 0 }
    order = bounds.indices.sorted { bounds[$0] * frequencies[$1] < bounds[$1] * frequencies[$0] }
    scorer = CanonicalScorer(query)
  }

  mutating func run(_ collector: inout TopKCollector) throws {
    var base: UInt32 = 0
    while true {
      let cut = collector.cut - slack
      if cut > plan.cut { makePlan(cut) }
      guard let next = try firstDocument(from: base), next < UInt32.max else { return }
      window.move(to: next)
      let (bound, validThrough) = try boundWindow()
      if bound > cut {
        try score(cut, &collector)
        base = window.end
      } else if validThrough < UInt32.max {
        base = validThrough + 1
      } else {
        return
      }
    }
  }

  private mutating func makePlan(_ cut: Double) {
    plan = Plan(cut: cut)
    for term in order {
      if plan.idleBound + listBounds[term] <= cut {
        plan.idle.append(term)
        plan.idleBound += listBounds[term]
        bounds[term] = listBounds[term]
      } else {
        plan.leading.append(term)
      }
    }
  }

  /// A lower bound of the first document from `base` on that a leading term has; `nil` if there is no leading term.
  private mutating func firstDocument(from base: UInt32) throws -> UInt32? {
    var first: UInt32?
    for term in plan.leading {
      first = min(first ?? UInt32.max, try query.cursors[term].advance(to: base))
    }
    return first.map { max($0, base) }
  }

  /// Sets the leading terms' bounds for the window; returns the bound of any document's sum, and up to where it holds.
  private mutating func boundWindow() throws -> (bound: Double, validThrough: UInt32) {
    var total = plan.idleBound
    var validThrough = UInt32.max
    for term in plan.leading {
      let maximum = try query.cursors[term].maximum(below: window.end)
      bounds[term] = query.bound(term, ofImpact: maximum.impact)
      total += bounds[term]
      validThrough = min(validThrough, maximum.validThrough)
    }
    return (total, validThrough)
  }

  /// Scores the window's documents that may be above `cut`.
  private mutating func score(_ cut: Double, _ collector: inout TopKCollector) throws {
    var lookups: [Int] = []
    var lookupBound = 0.0
    for term in plan.idle + plan.leading {
      isEssential[term] = lookupBound + bounds[term] > cut || isCheaperRead(term)
      if !isEssential[term] {
        lookups.append(term)
        lookupBound += bounds[term]
      }
    }
    // In canonical order, so that without look-ups the sums are final.
    for term in query.cursors.indices where isEssential[term] {
      try window.add(&query.cursors[term], weight: query.weights[term])
    }
    window.drain(above: cut - lookupBound, into: &candidates)
    lookups.removeAll { bounds[$0] == 0 && query.weights[$0] > 0 }
    try lookUp(lookups.sorted { bounds[$0] > bounds[$1] }, cut)
    try offer(areFinal: sumsAreExact || lookups.isEmpty, &collector)
  }

  /// Whether the term had so many look-ups lately that reading it with the essential ones costs less.
  private mutating func isCheaperRead(_ term: Int) -> Bool {
    guard windowsToRead[term] > 0 else { return false }
    windowsToRead[term] -= 1
    return true
  }

  /// Adds the terms that are not essential to the candidates, and drops those that cannot be above `cut`.
  private mutating func lookUp(_ terms: [Int], _ cut: Double) throws {
    var rest = terms.reduce(0) { $0 + bounds[$1] }
    for term in terms where candidates.count > 0 {
      // Subtracting may round down; `slack` has room for it.
      rest = max(0, rest - bounds[term])
      if windowPostings[term] < Self.postingsPerSeek * Double(candidates.count) {
        windowsToRead[term] = Self.windowsBetweenTrials
        try table.fill(&query.cursors[term], weight: query.weights[term], base: window.base, end: window.end)
        candidates.add(table, keepingAbove: cut - rest)
      } else {
        try candidates.add(
          &query.cursors[term], weight: query.weights[term], bound: bounds[term], keepingAbove: cut - rest)
      }
    }
  }

  private mutating func offer(areFinal: Bool, _ collector: inout TopKCollector) throws {
    for index in 0..<candidates.count {
      let document = candidates.documents[index]
      try collector.offer(document, sum: areFinal ? candidates.sums[index] : scorer.sum(document))
    }
  }
}
