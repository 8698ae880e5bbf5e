internal import Codecs
internal import Dataflow
internal import Kernels
internal import Shards

/// Which document of which chunk comes into which shard: documents in collection order or in that of
/// `fit.documentOrder`, later duplicates left out, cut into shards of equal size.
struct ShardAssignment: Sendable {
  /// (chunks + 1): the number of each chunk's first document, over all chunks.
  let starts: [Int]
  /// Documents left out because their id came before, ascending, with the number of the first.
  let duplicates: [DuplicateFinder.Duplicate]
  /// (shards + 1): the number, among the documents kept, of each shard's first.
  let borders: [Int]
  /// Trained on a sample of the texts.
  let dictionary: [UInt8]
  /// (documents of all chunks): the number among those kept, `DocumentMapping.dropped` for duplicates; `nil` where
  /// documents keep the collection's order.
  private let numbers: [UInt32]?

  /// Whether a chunk's documents need not ascend in a shard.
  var isReordered: Bool { numbers != nil }

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
    if let order = try reduction.artifact("order", as: DocumentOrder.self) {
      guard order.places.count == starts[starts.count - 1] else { throw ForeignOrder() }
      numbers = Self.numbers(order.places, duplicates.map { Int($0.document) })
    } else {
      numbers = nil
    }
  }

  /// The order is of other documents than those of `documents`.
  struct ForeignOrder: ExitCoded, CustomStringConvertible {
    var exitCode: ExitCode { .configuration }
    var description: String { "`order` is of other passages than `documents`: both must come from the same passages" }
  }

  /// Places, closed up where duplicates leave gaps.
  private static func numbers(_ places: [UInt32], _ duplicates: [Int]) -> [UInt32] {
    var isKept = [Bool](repeating: true, count: places.count)
    for document in duplicates { isKept[Int(places[document])] = false }
    var number: UInt32 = 0
    let ofPlace = isKept.map { kept -> UInt32 in
      guard kept else { return DocumentMapping.dropped }
      defer { number += 1 }
      return number
    }
    return places.map { ofPlace[Int($0)] }
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
    if let numbers { return reordered(numbers[first..<first + count], shard) }
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

  private func reordered(_ numbers: ArraySlice<UInt32>, _ shard: Int) -> [UInt32]? {
    let range = UInt32(borders[shard])..<UInt32(borders[shard + 1])
    let table = numbers.map { range.contains($0) ? $0 - range.lowerBound : DocumentMapping.dropped }
    return table.contains { $0 != DocumentMapping.dropped } ? table : nil
  }

  /// The chunk that holds document `number`.
  func chunk(of number: Int) -> Int { (starts.firstIndex { $0 > number } ?? starts.count) - 1 }
}
