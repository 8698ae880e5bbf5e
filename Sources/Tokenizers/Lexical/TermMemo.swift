/// What was made of the terms seen lately, in fixed memory: a direct-mapped table, a newcomer replaces what it meets.
///
/// A slot is 64 bytes: length and 31 bytes of the term, length and 31 bytes of the result. Length 0 of the term means
/// an empty slot; a result of length 0 means that the term is dropped. Longer ones are not kept.
struct TermMemo {
  static let longest = 31
  private static let slotSize = 64
  private static let resultAt = 32

  /// (slots * 64)
  private(set) var bytes: [UInt8]
  private let mask: Int

  /// - Precondition: `slots` is a power of two.
  init(slots: Int = 1 << 15) {
    precondition(slots > 0 && slots & (slots - 1) == 0, "a power of two")
    bytes = [UInt8](repeating: 0, count: slots * Self.slotSize)
    mask = slots - 1
  }

  /// Where in `bytes` the result for `term` is, if it is kept.
  @inline(__always)
  func find(_ term: Span<UInt8>, hash: UInt64) -> Range<Int>? {
    let slot = place(of: hash)
    guard Int(bytes[slot]) == term.count else { return nil }
    for index in 0..<term.count where bytes[slot + 1 + index] != term[index] { return nil }
    let start = slot + Self.resultAt + 1
    return start..<start + Int(bytes[start - 1])
  }

  /// Keeps `result` for `term`, if both are short enough and `term` is not empty.
  mutating func keep(_ term: [UInt8], hash: UInt64, result: [UInt8]) {
    guard 1...Self.longest ~= term.count, result.count <= Self.longest else { return }
    let slot = place(of: hash)
    bytes[slot] = UInt8(term.count)
    for index in 0..<term.count { bytes[slot + 1 + index] = term[index] }
    bytes[slot + Self.resultAt] = UInt8(result.count)
    for (index, byte) in result.enumerated() { bytes[slot + Self.resultAt + 1 + index] = byte }
  }

  @inline(__always)
  private func place(of hash: UInt64) -> Int {
    (Int(truncatingIfNeeded: hash ^ hash >> 32) & mask) * Self.slotSize
  }
}
