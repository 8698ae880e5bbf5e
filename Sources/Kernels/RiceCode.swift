/// Whole numbers below 2^32 that are mostly of one magnitude: the number of times that 2^width goes into a number, that
/// many ones and a zero, then the rest in `width` bits; 24 ones are followed by the number itself in 32 bits.
/// Source: Rice and Plaunt, "Adaptive variable-length coding for efficient compression of spacecraft television data", 1971.
package struct RiceCode: Sendable {
  package static let widths = 0...31
  private static let mostOnes = 24

  package let width: Int

  /// - Precondition: `widths` contains `width`.
  package init(width: Int) {
    precondition(Self.widths.contains(width))
    self.width = width
  }

  /// The code that takes the fewest bits for `values`, of equal ones the narrowest.
  package init(fitting values: some Sequence<UInt32>) {
    let values = Array(values)
    let bits = Self.widths.map { width in values.reduce(0) { $0 + RiceCode(width: width).bits($1) } }
    width = Self.widths.min { bits[$0] < bits[$1] } ?? 0
  }

  private func bits(_ value: UInt32) -> Int {
    let ones = Int(value >> UInt32(width))
    return ones < Self.mostOnes ? ones + 1 + width : Self.mostOnes + 32
  }

  package func append(_ value: UInt32, to output: inout BitWriter) {
    let ones = Int(value >> UInt32(width))
    guard ones < Self.mostOnes else {
      output.append(1 << UInt64(Self.mostOnes) - 1, bits: Self.mostOnes)
      return output.append(UInt64(value), bits: 32)
    }
    output.append(1 << UInt64(ones) - 1, bits: ones + 1)
    output.append(UInt64(value) & (1 << UInt64(width) - 1), bits: width)
  }

  /// Throws `ByteView.OutOfBounds` behind the end. Any bits are of some number.
  package func read(_ input: inout BitReader) throws(ByteView.OutOfBounds) -> UInt32 {
    let ones = min((~input.next).trailingZeroBitCount, Self.mostOnes)
    guard ones < Self.mostOnes else {
      try input.skip(ones)
      return UInt32(truncatingIfNeeded: try input.read(32))
    }
    try input.skip(ones + 1)
    return UInt32(truncatingIfNeeded: UInt64(ones) << UInt64(width) | (try input.read(width)))
  }
}
