/// Keeps the largest of many elements: a binary heap with the smallest of them on top.
struct BestOf<Element: Comparable & Sendable>: Sendable {
  let capacity: Int
  private(set) var heap: [Element] = []

  /// - Precondition: `capacity > 0`.
  init(capacity: Int) {
    precondition(capacity > 0)
    self.capacity = capacity
  }

  var isFull: Bool { heap.count == capacity }
  /// The smallest of those kept.
  var smallest: Element? { heap.first }

  /// Keeps `element` if it is among the largest; `false` if not.
  mutating func insert(_ element: Element) -> Bool {
    guard isFull else {
      heap.append(element)
      siftUp(heap.count - 1)
      return true
    }
    guard heap[0] < element else { return false }
    siftDown(element)
    return true
  }

  mutating func removeAll() { heap.removeAll(keepingCapacity: true) }

  private mutating func siftUp(_ start: Int) {
    var index = start
    while index > 0, heap[index] < heap[(index - 1) / 2] {
      heap.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  /// Puts `element` in the place of the smallest, and down to where it belongs.
  private mutating func siftDown(_ element: Element) {
    var index = 0
    while true {
      var child = 2 * index + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
      guard heap[child] < element else { break }
      heap[index] = heap[child]
      index = child
    }
    heap[index] = element
  }
}
