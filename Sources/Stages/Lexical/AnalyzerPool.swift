internal import Kernels
internal import Synchronization
internal import Tokenizers

/// Analysers for any number of threads: each borrows one, because an analyser keeps working memory.
final class AnalyzerPool: Sendable {
  /// Hands an analyser from one thread to the next.
  private final class Box: @unchecked Sendable {
    // Sendable: whoever took the box out of the pool is the only one to have it.
    var analyzer: any TextAnalyzer
    init(_ analyzer: any TextAnalyzer) { self.analyzer = analyzer }
  }

  private let make: @Sendable () throws -> any TextAnalyzer
  private let idle = Mutex<[Box]>([])

  /// Throws what `make` throws, at once.
  init(_ make: @escaping @Sendable () throws -> any TextAnalyzer) throws {
    self.make = make
    let first = Box(try make())
    idle.withLock { $0.append(first) }
  }

  func withAnalyzer<R>(_ body: (inout any TextAnalyzer) throws -> R) throws -> R {
    let box = try idle.withLock { $0.popLast() } ?? Box(make())
    defer { idle.withLock { $0.append(box) } }
    return try body(&box.analyzer)
  }
}
