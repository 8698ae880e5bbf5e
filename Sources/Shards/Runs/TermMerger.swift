/// One pass over open runs: brings the pieces of each term together.
struct TermMerger {
  private var heap: RunHeap
  private let mappings: [DocumentMapping]
  /// Pieces come in the order of the shard's documents, so they need no sorting.
  private let isSorted: Bool
  /// Document * 2^32 + the impact's bits: the postings of one term, where they must be sorted.
  private var unsorted: [UInt64] = []

  init(heap: RunHeap, mappings: [DocumentMapping], isSorted: Bool) {
    self.heap = heap
    self.mappings = mappings
    self.isSorted = isSorted
  }

  /// Merges the next term into `sink`; `false` if there is none.
  mutating func mergeTerm(into sink: some PostingSink) throws -> Bool {
    guard let first = heap.top else { return false }
    let key = heap.cursors[first].key
    let term = heap.cursors[first].term
    try sink.begin(term: term)
    while heap.isTop(term, key), let run = heap.top {
      let count = try heap.renumber(run, by: mappings[run])
      if isSorted {
        try sink.append(documents: heap.cursors[run].documents, impacts: heap.cursors[run].impacts, in: 0..<count)
      } else {
        collect(heap.cursors[run].documents, heap.cursors[run].impacts, count: count)
      }
      try heap.advance()
    }
    if !isSorted { try appendSorted(to: sink) }
    try sink.endTerm()
    return true
  }

  private mutating func collect(_ documents: [UInt32], _ impacts: [Float], count: Int) {
    for index in 0..<count { unsorted.append(UInt64(documents[index]) << 32 | UInt64(impacts[index].bitPattern)) }
  }

  private mutating func appendSorted(to sink: some PostingSink) throws {
    unsorted.sort()
    var index = 0
    while index < unsorted.count {
      let end = min(index + RunWriter.piecePostings, unsorted.count)
      let documents = unsorted[index..<end].map { UInt32($0 >> 32) }
      let impacts = unsorted[index..<end].map { Float(bitPattern: UInt32(truncatingIfNeeded: $0)) }
      try sink.append(documents: documents, impacts: impacts, in: 0..<documents.count)
      index = end
    }
    unsorted.removeAll(keepingCapacity: true)
  }
}
