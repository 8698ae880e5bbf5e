/// Cursors in a binary heap: the one with the smallest term comes first, of equal terms the first run's.
struct RunHeap {
  private(set) var cursors: [RunCursor]
  /// A heap of cursors' indices, with their keys beside them.
  private var heap: [(key: TermKey, run: Int)] = []

  /// `cursors` stand before their first piece; empty ones are left out. Throws as `RunCursor.next`.
  init(_ cursors: [RunCursor]) throws {
    self.cursors = cursors
    for run in cursors.indices where try self.cursors[run].next() { heap.append((self.cursors[run].key, run)) }
    for index in stride(from: heap.count / 2 - 1, through: 0, by: -1) { siftDown(index) }
  }

  /// The run of the smallest piece, or `nil` if all are consumed.
  var top: Int? { heap.first?.run }

  /// Whether the first cursor's term is `term`, whose key is `key`.
  func isTop(_ term: [UInt8], _ key: TermKey) -> Bool {
    guard let top = heap.first, top.key == key else { return false }
    return key.isWhole || cursors[top.run].term == term
  }

  /// Gives the documents of a cursor's piece their new numbers; returns how many are kept.
  mutating func renumber(_ run: Int, by mapping: DocumentMapping) throws -> Int {
    try cursors[run].renumber(by: mapping)
  }

  /// Moves the first cursor on to its next piece.
  mutating func advance() throws {
    let run = heap[0].run
    if try cursors[run].next() {
      heap[0].key = cursors[run].key
    } else {
      heap[0] = heap[heap.count - 1]
      heap.removeLast()
    }
    if heap.count > 1 { siftDown(0) }
  }

  private mutating func siftDown(_ start: Int) {
    let item = heap[start]
    var index = start
    while true {
      var child = 2 * index + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, precedes(heap[child + 1], heap[child]) { child += 1 }
      guard precedes(heap[child], item) else { break }
      heap[index] = heap[child]
      index = child
    }
    heap[index] = item
  }

  private func precedes(_ left: (key: TermKey, run: Int), _ right: (key: TermKey, run: Int)) -> Bool {
    if left.key != right.key { return left.key < right.key }
    if left.key.isWhole { return left.run < right.run }
    let leftTerm = cursors[left.run].term
    let rightTerm = cursors[right.run].term
    return leftTerm == rightTerm ? left.run < right.run : leftTerm.lexicographicallyPrecedes(rightTerm)
  }
}
