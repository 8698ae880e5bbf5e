internal import Dispatch
internal import Synchronization

/// Calls a pure function for each index, on all processors; results come in the order of indices.
enum ConcurrentMap {
  static func map<T: Sendable>(_ count: Int, _ body: @Sendable (Int) -> T) -> [T] {
    if count < 2 { return (0..<count).map(body) }
    let results = Mutex([T?](repeating: nil, count: count))
    DispatchQueue.concurrentPerform(iterations: count) { index in
      let result = body(index)
      results.withLock { $0[index] = result }
    }
    return results.withLock { $0.compactMap { $0 } }
  }
}
