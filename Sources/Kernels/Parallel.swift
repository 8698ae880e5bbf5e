internal import Dispatch
internal import Synchronization

/// The same work for many indices, on several threads. Results come in the order of the indices, so what is made of
/// them does not depend on the number of threads.
package enum Parallel {
  /// `body` for each of `0..<count`; the error of the lowest index that failed is thrown after all have ended.
  package static func map<T: Sendable>(
    _ count: Int, threads: Int, _ body: @Sendable (Int) throws -> T
  ) throws -> [T] {
    guard threads > 1, count > 1 else { return try (0..<count).map(body) }
    let results = Mutex<[Result<T, any Error>?]>([Result<T, any Error>?](repeating: nil, count: count))
    let next = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
      while true {
        let index = next.withLock { next -> Int in
          defer { next += 1 }
          return next
        }
        guard index < count else { return }
        let result = Result { try body(index) }
        results.withLock { $0[index] = result }
      }
    }
    return try results.withLock { $0 }.map { result in
      guard let result else { preconditionFailure("an index was left out") }
      return try result.get()
    }
  }

  /// `body` for each of `0..<count`, which cannot fail.
  package static func forEach(_ count: Int, threads: Int, _ body: @Sendable (Int) -> Void) {
    guard threads > 1, count > 1 else { return (0..<count).forEach(body) }
    let next = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
      while true {
        let index = next.withLock { next -> Int in
          defer { next += 1 }
          return next
        }
        guard index < count else { return }
        body(index)
      }
    }
  }
}

extension Parallel {
  /// `map` for work that cannot fail.
  package static func results<T: Sendable>(_ count: Int, threads: Int, _ body: @Sendable (Int) -> T) -> [T] {
    guard threads > 1, count > 1 else { return (0..<count).map(body) }
    let results = Mutex<[T?]>([T?](repeating: nil, count: count))
    forEach(count, threads: threads) { index in
      let result = body(index)
      results.withLock { $0[index] = result }
    }
    return results.withLock { $0 }.map { result in
      guard let result else { preconditionFailure("an index was left out") }
      return result
    }
  }
}
