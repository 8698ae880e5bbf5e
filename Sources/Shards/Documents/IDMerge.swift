/// Merges sorted runs with a binary heap of their cursors: O(log runs) comparisons a record.
/// Knuth, The Art of Computer Programming 3, 5.4.1.
struct IDMerge {
  /// The current records; the least is at 0, and that of `index` is not above those of `2 index + 1` and `2 index + 2`.
  private var heap: [IDRun.Cursor] = []

  init(_ runs: some Sequence<IDRun>, bufferBytes: Int) throws {
    for run in runs {
      let cursor = try IDRun.Cursor(run, bufferBytes: bufferBytes)
      if try cursor.advance() { heap.append(cursor) }
    }
    for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sink(index) }
  }

  /// Calls `body` with every record in order.
  mutating func forEach(_ body: ([UInt8], UInt64) throws -> Void) throws {
    while let least = heap.first {
      try body(least.id, least.number)
      if try !least.advance() {
        heap[0] = heap[heap.count - 1]
        heap.removeLast()
      }
      sink(0)
    }
  }

  private mutating func sink(_ start: Int) {
    var index = start
    while true {
      var least = index
      for child in (2 * index + 1)...(2 * index + 2) where child < heap.count && heap[child].precedes(heap[least]) {
        least = child
      }
      if least == index { return }
      heap.swapAt(index, least)
      index = least
    }
  }
}
