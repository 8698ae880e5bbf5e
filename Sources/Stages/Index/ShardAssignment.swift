internal import Codecs
internal import Dataflow
internal import Shards

/// Which document of which chunk comes into which shard: documents in collection order, later duplicates left out, cut
/// into shards of equal size.
struct ShardAssignment: Sendable {
  /// (chunks + 1): the number of each chunk's first document, over all chunks.
  let starts: [Int]
  /// Documents left out because their id came before, ascending, with the number of the first.
  let duplicates: [DuplicateFinder.Duplicate]
  /// (shards + 1): the number, among the documents kept, of each shard's first.
  let borders: [Int]
  /// Trained on a sample of the texts.
  let dictionary: [UInt8]

  /// One pass over the contributions' documents. Memory: one chunk's documents and the finder's share of the budget.
  init(_ reduction: Reduction, shards: Int, storesText: Bool) throws {
    var starts = [0]
    let finder = DuplicateFinder(folder: reduction.spillDirectory, memory: max(reduction.memoryBytes / 4, 4 << 20))
    var sample = TextSample(seed: 20_190_613)
    for contribution in reduction.contributions {
      try reduction.checkCancellation()
      let passages = try ShardContribution.Reader(contribution.path).passages()
      for row in 0..<passages.ids.count {
        try finder.add(passages.ids[row], document: UInt64(starts[starts.count - 1] + row))
        if storesText { sample.offer(id: passages.ids[row], text: passages.texts[row]) }
      }
      starts.append(starts[starts.count - 1] + passages.ids.count)
    }
    self.starts = starts
    duplicates = try finder.finish()
    let kept = starts[starts.count - 1] - duplicates.count
    borders = (0...shards).map { $0 * kept / shards }
    dictionary = storesText ? sample.dictionary() : []
  }

  /// Duplicates before document `number`.
  private func duplicates(before number: Int) -> Int {
    var low = 0
    var high = duplicates.count
    while low < high {
      let middle = (low + high) / 2
      if Int(duplicates[middle].document) < number { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The documents of `chunk` that come into `shard`: (rows of the chunk), `DocumentMapping.dropped` or the number in the
  /// shard; `nil` if there are none.
  func table(chunk: Int, shard: Int) -> [UInt32]? {
    let first = starts[chunk]
    let count = starts[chunk + 1] - first
    var next = duplicates(before: first)
    var kept = first - next
    guard kept < borders[shard + 1], count > 0 else { return nil }
    var table = [UInt32](repeating: DocumentMapping.dropped, count: count)
    var isEmpty = true
    for row in 0..<count {
      if next < duplicates.count, Int(duplicates[next].document) == first + row {
        next += 1
        continue
      }
      if kept >= borders[shard], kept < borders[shard + 1] {
        table[row] = UInt32(kept - borders[shard])
        isEmpty = false
      }
      kept += 1
    }
    return isEmpty ? nil : table
  }

  /// The chunk that holds document `number`.
  func chunk(of number: Int) -> Int { (starts.firstIndex { $0 > number } ?? starts.count) - 1 }
}
