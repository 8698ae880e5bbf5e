/// Keeps the largest of many elements.
///
/// They gather in no order; when there are half as many again as are wanted, a selection lets the smallest go. So an
/// element costs a few steps of a partition whatever the capacity, where a heap's ten levels were a quarter of the time
/// of a search for 1000. The price is that `smallest` lags behind, but for small capacities.
/// Source: Hoare, "Algorithm 65: Find", 1961.
struct BestOf<Element: Comparable & Sendable>: Sendable {
  let capacity: Int
  /// At this number the smallest go.
  private let limit: Int
  private var kept: [Element] = []
  /// The smallest of the `capacity` best when they were last selected, and so never above the smallest of the best;
  /// `nil` while there were not as many.
  private(set) var smallest: Element?

  /// Below this, `smallest` is always up to date: it is what lets a search skip, and selecting among few is cheap.
  private static var fewElements: Int { 64 }

  /// - Precondition: `capacity > 0`.
  init(capacity: Int) {
    precondition(capacity > 0)
    self.capacity = capacity
    limit = min(capacity, .max / 2) + (capacity < Self.fewElements ? 1 : min(capacity / 2, 1 << 20))
  }

  var isFull: Bool { smallest != nil }

  /// The best, the largest first.
  var descending: [Element] { Array(kept.sorted(by: >).prefix(capacity)) }

  /// Keeps `element` if it may be among the largest; `false` if it is not.
  mutating func insert(_ element: Element) -> Bool {
    if let smallest, !(smallest < element) { return false }
    kept.append(element)
    if kept.count == (isFull ? limit : capacity) {
      if kept.count > capacity { letSmallestGo() }
      smallest = kept.min()
    }
    return true
  }

  mutating func removeAll() {
    kept.removeAll(keepingCapacity: true)
    smallest = nil
  }

  /// Brings the `capacity` largest to the front, and removes the others.
  private mutating func letSmallestGo() {
    var (low, high) = (0, kept.count - 1)
    while low < high {
      let pivot = middle(kept[low], kept[(low + high) / 2], kept[high])
      var (left, right) = (low, high)
      while left <= right {
        while pivot < kept[left] { left += 1 }
        while kept[right] < pivot { right -= 1 }
        if left <= right {
          kept.swapAt(left, right)
          left += 1
          right -= 1
        }
      }
      if capacity - 1 <= right { high = right } else if capacity - 1 >= left { low = left } else { break }
    }
    kept.removeLast(kept.count - capacity)
  }

  private func middle(_ a: Element, _ b: Element, _ c: Element) -> Element {
    max(min(a, b), min(max(a, b), c))
  }
}
