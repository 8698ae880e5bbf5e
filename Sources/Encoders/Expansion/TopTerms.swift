internal import Kernels

/// The terms of the largest values.
///
/// The `count`-th largest of the blocks' maxima is a value that at least `count` values reach, so only blocks that reach
/// it are looked at: of 30,522 logits some 200 blocks of 954 for 200 terms, which hold little more than the 200 values.
package enum TopTerms {
  /// The `count` largest of `values`, descending; equal values by their places, ascending. What is no number is left out.
  package static func of(_ values: Span<Float>, count: Int) -> [(term: Int32, value: Float)] {
    guard count > 0 else { return [] }
    let maxima = BlockMaxima.of(values)
    let border = reached(by: count, maxima)
    var keys: [UInt64] = []
    keys.reserveCapacity(2 * count)
    for block in maxima.indices where maxima[block] >= border {
      let start = block * BlockMaxima.size
      for term in start..<min(start + BlockMaxima.size, values.count) where values[term] >= border {
        keys.append(UInt64(descending(values[term])) << 32 | UInt64(term))
      }
    }
    if keys.count > count {
      Selection.bringForward(count, of: &keys)
      keys.removeLast(keys.count - count)
    }
    keys.sort()
    return keys.map { key in
      let term = Int32(truncatingIfNeeded: key & 0xffff_ffff)
      return (term, values[Int(term)])
    }
  }

  /// The `count`-th largest of `maxima`; minus infinity if there are fewer.
  private static func reached(by count: Int, _ maxima: [Float]) -> Float {
    guard maxima.count > count else { return -.infinity }
    var keys = maxima.map(descending)
    Selection.bringForward(count, of: &keys)
    return keys[..<count].max().map(value) ?? -.infinity
  }

  /// Numbers whose order is the opposite of the values'; the two zeros are equal.
  private static func descending(_ value: Float) -> UInt32 {
    let bits = (value + 0).bitPattern
    return bits >> 31 == 1 ? bits : ~(bits | 1 << 31)
  }

  /// The value of a number that `descending` gave.
  private static func value(_ key: UInt32) -> Float {
    Float(bitPattern: key >> 31 == 1 ? key : ~key & 0x7fff_ffff)
  }
}
