internal import Kernels

extension Array where Element: Sendable {
  /// `body` of each element, on several threads, in order.
  func mapParallel<T: Sendable>(_ threads: Int, _ body: @Sendable (Element) throws -> T) throws -> [T] {
    try Parallel.map(count, threads: threads) { try body(self[$0]) }
  }
}
