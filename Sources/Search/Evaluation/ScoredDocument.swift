/// A document with its score, larger where it is better: by the score, then by the place of its id, earlier first.
struct ScoredDocument: Comparable, Sendable {
  /// The score's bits in an order that integers have too, then what the rank leaves of 2^32 - 1: one comparison.
  private let key: UInt64
  let document: UInt32

  /// - Parameter score: of any sign; 0 and -0 are the same.
  init(score: Float, rank: UInt32, document: UInt32) {
    let bits = (score + 0).bitPattern
    key = UInt64(bits >> 31 == 0 ? bits | 1 << 31 : ~bits) << 32 | UInt64(~rank)
    self.document = document
  }

  var score: Float {
    let bits = UInt32(truncatingIfNeeded: key >> 32)
    return Float(bitPattern: bits >> 31 == 1 ? bits & ~(1 << 31) : ~bits)
  }

  static func < (left: ScoredDocument, right: ScoredDocument) -> Bool { left.key < right.key }
  static func == (left: ScoredDocument, right: ScoredDocument) -> Bool { left.key == right.key }
}
