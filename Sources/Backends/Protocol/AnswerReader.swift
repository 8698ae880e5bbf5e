package import Codecs
package import Encoders
internal import Kernels

/// Reads payloads of answers, and believes nothing: lengths, ids and numbers are checked before they are used.
package struct AnswerReader {
  /// What is wrong with an answer.
  package struct Malformed: Error, CustomStringConvertible {
    package let description: String
  }

  private let greeting: Greeting
  private var dimension: Int { greeting.dimension ?? 0 }

  package init(_ greeting: Greeting) {
    self.greeting = greeting
  }

  /// Throws `FrameHeader.Malformed`.
  package func vocabulary(_ frame: Frame) throws -> ByteStrings {
    guard frame.kind == .vocabulary, frame.count == greeting.vocabulary ?? 0,
      let offsets = offsets(frame.payload, at: 0, count: frame.count),
      let strings = ByteStrings(offsets: offsets, data: Array(frame.payload.dropFirst(4 * frame.count)))
    else { throw FrameHeader.Malformed(description: "its second frame is not the vocabulary that it announced") }
    return strings
  }

  /// (passages, dimension).
  package func dense(_ frame: Frame) throws -> [Float] {
    try finite(frame.payload, at: 0, count: frame.count * dimension)
  }

  /// (passages).
  package func sparse(_ frame: Frame) throws -> [SparseVector] {
    let offsets = try requiredOffsets(frame.payload, at: 0, count: frame.count)
    let total = Int(offsets[frame.count])
    guard frame.payload.count == 4 * frame.count + 8 * total else { throw wrongLength(frame) }
    let ids = frame.payload.integers(of: Int32.self, at: 4 * frame.count, count: total)
    let weights = try finite(frame.payload, at: 4 * (frame.count + total), count: total)
    return try (0..<frame.count).map { row in
      let range = Int(offsets[row])..<Int(offsets[row + 1])
      return try vector(Array(ids[range]), Array(weights[range]))
    }
  }

  /// Terms ascending, each once.
  private func vector(_ ids: [Int32], _ weights: [Float]) throws -> SparseVector {
    var (ids, weights) = (ids, weights)
    if !isAscending(ids) {
      let order = ids.indices.sorted { ids[$0] < ids[$1] }
      weights = order.map { weights[$0] }
      ids = order.map { ids[$0] }
      guard isAscending(ids) else { throw Malformed(description: "a term that comes twice in a vector") }
    }
    try check(ids)
    return SparseVector(terms: ids, weights: weights)
  }

  private func isAscending(_ ids: [Int32]) -> Bool {
    var isAscending = true
    for index in ids.indices.dropFirst() where ids[index - 1] >= ids[index] { isAscending = false }
    return isAscending
  }

  private func check(_ ids: [Int32]) throws {
    // An expander's ids are those of its caller's vocabulary, and it need not say how many there are.
    let terms = greeting.vocabulary.flatMap { $0 > 0 ? Int32(clamping: $0) : nil } ?? .max
    guard ids.allSatisfy({ $0 >= 0 && $0 < terms }) else {
      throw Malformed(description: "a term outside of its vocabulary of \(terms)")
    }
  }

  package func tokenVectors(_ frame: Frame) throws -> TokenVectors {
    let offsets = try requiredOffsets(frame.payload, at: 0, count: frame.count)
    let values = try finite(
      frame.payload, at: 4 * frame.count, count: Int(offsets[frame.count]) * dimension)
    return TokenVectors(offsets: offsets, values: values)
  }

  /// (passages).
  package func expansions(_ frame: Frame) throws -> [Expansion] {
    let (payload, rows) = (frame.payload, frame.count)
    let kept = try requiredOffsets(payload, at: 0, count: rows)
    let added = try requiredOffsets(payload, at: 4 * rows, count: rows)
    let (tokens, terms) = (Int(kept[rows]), Int(added[rows]))
    guard payload.count == 8 * rows + 4 * tokens + 8 * terms else { throw wrongLength(frame) }
    let passage = payload.integers(of: Int32.self, at: 8 * rows, count: tokens)
    let ids = payload.integers(of: Int32.self, at: 8 * rows + 4 * tokens, count: terms)
    let scores = try finite(payload, at: 8 * rows + 4 * (tokens + terms), count: terms)
    try check(passage)
    try check(ids)
    return (0..<rows).map { row in
      let range = Int(added[row])..<Int(added[row + 1])
      return Expansion(
        passage: Array(passage[Int(kept[row])..<Int(kept[row + 1])]), terms: Array(ids[range]),
        scores: Array(scores[range]))
    }
  }

  private func wrongLength(_ frame: Frame) -> Malformed {
    Malformed(description: "an answer of \(frame.payload.count) bytes that do not fit its lengths")
  }

  private func finite(_ payload: [UInt8], at offset: Int, count: Int) throws -> [Float] {
    guard offset + 4 * count == payload.count else {
      throw Malformed(description: "an answer of \(payload.count) bytes where \(offset + 4 * count) were due")
    }
    let values = payload.floats(at: offset, count: count)
    guard values.isFinite else { throw Malformed(description: "a value that is infinite or not a number") }
    return values
  }

  private func requiredOffsets(_ payload: [UInt8], at start: Int, count: Int) throws -> [UInt32] {
    guard let offsets = offsets(payload, at: start, count: count) else {
      throw Malformed(description: "an answer that is shorter than its lengths")
    }
    return offsets
  }

  /// (count + 1): running sums of the lengths at byte `start`; `nil` if they are not there or exceed what follows.
  private func offsets(_ payload: [UInt8], at start: Int, count: Int) -> [UInt32]? {
    guard start + 4 * count <= payload.count else { return nil }
    var sum: UInt64 = 0
    var offsets: [UInt32] = [0]
    offsets.reserveCapacity(count + 1)
    for length in payload.integers(of: UInt32.self, at: start, count: count) {
      sum += UInt64(length)
      guard sum <= payload.count else { return nil }
      offsets.append(UInt32(sum))
    }
    return offsets
  }
}
