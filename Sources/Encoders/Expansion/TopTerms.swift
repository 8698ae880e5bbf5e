/// The terms of the largest values: a heap of the best so far.
enum TopTerms {
  /// The `count` largest of `values`, descending; equal values by their places, ascending.
  static func of(_ values: some RandomAccessCollection<Float>, count: Int) -> [(term: Int32, value: Float)] {
    /// A binary heap whose root is the worst kept.
    var heap: [(term: Int32, value: Float)] = []
    heap.reserveCapacity(count)
    guard count > 0 else { return [] }
    var term: Int32 = 0
    for value in values {
      if heap.count < count {
        heap.append((term, value))
        rise(&heap)
      } else if heap[0].value < value {
        heap[0] = (term, value)
        sink(&heap)
      }
      term += 1
    }
    return heap.sorted(by: isBetter)
  }

  private static func isBetter(_ left: (term: Int32, value: Float), _ right: (term: Int32, value: Float)) -> Bool {
    left.value != right.value ? left.value > right.value : left.term < right.term
  }

  private static func rise(_ heap: inout [(term: Int32, value: Float)]) {
    var child = heap.count - 1
    while child > 0, isBetter(heap[(child - 1) / 2], heap[child]) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private static func sink(_ heap: inout [(term: Int32, value: Float)]) {
    var parent = 0
    while true {
      var worst = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBetter(heap[worst], heap[child]) {
        worst = child
      }
      if worst == parent { return }
      heap.swapAt(parent, worst)
      parent = worst
    }
  }
}
