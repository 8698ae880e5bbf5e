internal import Shards

/// Reads all postings of the query's terms: the oracle of the other strategies.
///
/// Term after term in canonical order, a window of documents at a time, so that sums stay in the cache.
package enum Exhaustive: EvaluationStrategy {
  package static let name = "exhaustive"

  package static func search(_ query: inout ShardQuery, _ collector: inout TopKCollector) throws {
    var window = ScoreWindow()
    var candidates = Candidates()
    var base: UInt32 = 0
    while true {
      var next = UInt32.max
      for term in query.cursors.indices { next = min(next, try query.cursors[term].advance(to: base)) }
      guard next < UInt32.max else { return }
      window.move(to: max(next, base))
      base = window.end
      for term in query.cursors.indices {
        try window.add(&query.cursors[term], weight: query.weights[term])
      }
      window.drain(above: 0, into: &candidates)
      for index in 0..<candidates.count {
        try collector.offer(candidates.documents[index], sum: candidates.sums[index])
      }
    }
  }
}
