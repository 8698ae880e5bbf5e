internal import Codecs

/// The beginning of a term as one integer, so that most comparisons of terms are comparisons of integers.
///
/// The first seven bytes, zeros behind a shorter term, then the length, at most eight. Keys ascend as the terms do, and
/// equal keys mean equal terms unless the last byte is eight.
struct TermKey: Comparable, Sendable {
  let value: UInt64

  init(_ term: some Collection<UInt8>) {
    var value: UInt64 = 0
    for byte in term.prefix(7) { value = value << 8 | UInt64(byte) }
    let count = min(term.count, 8)
    self.value = value << UInt64(8 * (8 - min(count, 7))) | UInt64(count)
  }

  /// Whether terms with this key are equal because their keys are.
  var isWhole: Bool { value & 0xff < 8 }

  static func < (left: TermKey, right: TermKey) -> Bool { left.value < right.value }
}

/// How many bytes two terms have in common at their beginnings.
func sharedPrefixLength(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Int {
  var length = 0
  for (own, other) in zip(left, right) {
    if own != other { break }
    length += 1
  }
  return length
}

extension ByteStrings {
  /// The strings' indices in the order of their bytes; equal strings in the order of their indices.
  func orderOfBytes() -> [UInt32] {
    var order = indices.map { (key: TermKey(self[$0]), index: UInt32($0)) }
    order.sort { left, right in
      if left.key != right.key { return left.key < right.key }
      if !left.key.isWhole {
        if precedes(Int(left.index), Int(right.index)) { return true }
        if precedes(Int(right.index), Int(left.index)) { return false }
      }
      return left.index < right.index
    }
    return order.map(\.index)
  }
}
