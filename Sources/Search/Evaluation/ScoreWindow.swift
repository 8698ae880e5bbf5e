internal import Shards

/// Sums of scores of a range of documents, which terms are added to one after the other.
///
/// Documents `base..<end`; the arrays are indexed by document - base. A window is emptied while it is read.
struct ScoreWindow {
  /// Documents of a window: 32 KiB of sums, which stay in the first cache.
  static let length = 4096

  private(set) var base: UInt32 = 0
  /// (length): 0 where nothing was added.
  private var sums = [Double](repeating: 0, count: length)
  /// (length / 64): one bit a document that something was added to.
  private var touched = [UInt64](repeating: 0, count: length / 64)

  /// The first document behind the window.
  var end: UInt32 { UInt32(clamping: UInt64(base) + UInt64(Self.length)) }

  /// Moves the window, which is empty.
  mutating func move(to base: UInt32) { self.base = base }

  /// Adds `weight` times the impact to each document of the window that `cursor` has, and moves it behind them. Throws
  /// `FormatError`.
  mutating func add(_ cursor: inout PostingCursor, weight: Double) throws {
    guard try cursor.seek(to: base) else { return }
    let end = end
    while try cursor.decode(below: end) {
      cursor.position = Self.add(
        cursor.documents, cursor.impacts, cursor.position..<cursor.count, weight: weight,
        base: base, sums: &sums, touched: &touched)
      guard cursor.position == cursor.count else { return }
      try cursor.advanceBlock()
    }
  }

  /// Adds postings of `range` until one is behind the window; returns where it stopped.
  private static func add(
    _ documents: [UInt32], _ impacts: [Float], _ range: Range<Int>, weight: Double, base: UInt32,
    sums: inout [Double], touched: inout [UInt64]
  ) -> Int {
    let documents = documents.span
    let impacts = impacts.span
    var sums = sums.mutableSpan
    var touched = touched.mutableSpan
    var index = range.lowerBound
    while index < range.upperBound {
      let place = Int(documents[index] &- base)
      guard place < length else { break }
      sums[place] += weight * Double(impacts[index])
      touched[place >> 6] |= 1 << UInt64(place & 63)
      index += 1
    }
    return index
  }

  /// Empties the window: documents whose sum is above `cut` become `candidates`, in ascending order.
  mutating func drain(above cut: Double, into candidates: inout Candidates) {
    var count = 0
    for word in touched.indices where touched[word] != 0 {
      let bits = touched[word]
      touched[word] = 0
      Self.drain(bits, from: word * 64, base: base, above: cut, sums: &sums, into: &candidates, count: &count)
    }
    candidates.count = count
  }

  private static func drain(
    _ touched: UInt64, from start: Int, base: UInt32, above cut: Double, sums: inout [Double],
    into candidates: inout Candidates, count: inout Int
  ) {
    var bits = touched
    while bits != 0 {
      let place = start + bits.trailingZeroBitCount
      bits &= bits - 1
      let sum = sums[place]
      sums[place] = 0
      guard sum > cut else { continue }
      candidates.documents[count] = base + UInt32(place)
      candidates.sums[count] = sum
      count += 1
    }
  }
}
