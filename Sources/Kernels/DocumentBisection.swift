internal import CKernels
internal import Dispatch
internal import Synchronization

/// Recursive graph bisection: an order in which documents that have terms in common are neighbours, so that gaps and
/// differences of impacts are small.
///
/// Halves trade documents while the sum of the logarithms of gaps falls, then each half is halved. Sources: Dhulipala et
/// al., "Compressing graphs and indexes with recursive graph bisection", KDD 2016; Mackenzie, Petri and Moffat, "Faster
/// index reordering with bipartite graph partitioning", SIGIR 2021 (stop where few documents move).
///
/// The same documents give the same order, bit for bit, however many processors there are: parts are independent, and
/// nothing is rounded differently. Memory: 20 bytes a term and 8 a document, a processor, and what the system keeps of
/// the forward index.
package struct DocumentBisection {
  /// Little-endian u32 each: the terms of the documents, one document after the other.
  private let terms: ByteView
  /// (documents + 1): where each document's terms begin, in terms.
  private let offsets: [UInt64]
  private let termCount: Int
  private let logs: [Float]
  private static let rounds: UInt32 = 20
  private static let leaf: UInt32 = 16
  /// Levels that are halved one part a processor before the rest of each part is done as a whole.
  private static let levels = 4

  /// Throws `ByteView.OutOfBounds` where the arrays do not fit together, or a term is not below `termCount`.
  package init(terms: ByteView, offsets: [UInt64], termCount: Int) throws {
    guard offsets.first == 0, Int(offsets[offsets.count - 1]) * 4 == terms.count, offsets.count <= UInt32.max,
      zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 })
    else { throw ByteView.OutOfBounds(offset: 0, length: offsets.count, count: terms.count) }
    for index in 0..<terms.count / 4 where Int(try terms.uint32(at: 4 * index)) >= termCount {
      throw ByteView.OutOfBounds(offset: 4 * index, length: 4, count: terms.count)
    }
    self.terms = terms
    self.offsets = offsets
    self.termCount = termCount
    var logs = [Float](repeating: 0, count: offsets.count + 2)
    unsafe ck_bisection_logs(&logs, UInt32(logs.count))
    self.logs = logs
  }

  /// (documents): the documents in their new order.
  package func order() -> [UInt32] {
    var parts = [(0..<UInt32(offsets.count - 1)).map { $0 }]
    for _ in 0..<Self.levels where parts.contains(where: { $0.count > Self.leaf }) {
      parts = map(parts, goesOn: false).flatMap { part in
        part.count <= Self.leaf ? [part] : [Array(part[..<(part.count / 2)]), Array(part[(part.count / 2)...])]
      }
    }
    return map(parts, goesOn: true).flatMap { $0 }
  }

  private func map(_ parts: [[UInt32]], goesOn: Bool) -> [[UInt32]] {
    let results = Mutex([[UInt32]](repeating: [], count: parts.count))
    DispatchQueue.concurrentPerform(iterations: parts.count) { index in
      var part = parts[index]
      if part.count > Self.leaf { bisect(&part, goesOn: goesOn) }
      let result = part
      results.withLock { $0[index] = result }
    }
    return results.withLock { $0 }
  }

  private func bisect(_ part: inout [UInt32], goesOn: Bool) {
    let count = UInt32(part.count)
    unsafe terms.withUnsafeBytes { bytes in
      unsafe logs.withUnsafeBufferPointer { logs in
        guard let address = unsafe bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 4),
          let scratch = unsafe ck_bisection_new(UInt32(termCount), count, logs.baseAddress)
        else { preconditionFailure("out of memory") }
        defer { unsafe ck_bisection_free(scratch) }
        // `init` has checked that documents, offsets and terms stay inside of what they index; a file's sections, and
        // pages, are aligned.
        let terms = unsafe address.assumingMemoryBound(to: UInt32.self)
        if goesOn {
          unsafe ck_bisect_all(scratch, &part, count, offsets, terms, Self.rounds, Self.leaf)
        } else {
          unsafe ck_bisect(scratch, &part, count, offsets, terms, Self.rounds)
        }
      }
    }
  }
}
