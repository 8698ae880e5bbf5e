internal import CKernels

/// A family of Huffman codes for bytes, of at most 11 bits. Immutable.
///
/// Lengths say all of a code, which is canonical: in the order of their lengths, and of the symbols where those are equal,
/// codes are numbers that ascend by one, doubled wherever the length grows by one, from 0 on. What is written is the number
/// with its highest bit first, into the lowest bit that is free. Example: the lengths 1, 2, 2 are the codes 0, 10, 11.
package struct PrefixCodes: Sendable {
  private static let symbols = 256
  private static let mostBits = Int(CK_PREFIX_BITS)
  private static let tableSize = 1 << mostBits

  /// (codes * 256): 0 for symbols that a code does not have.
  package let lengths: [UInt8]
  /// (codes * 256).
  private let codes: [UInt16]
  /// (codes * 2048): by the next 11 bits, 256 * length + symbol; the length is 15 where no code begins so.
  private let decoding: [UInt16]

  package var count: Int { lengths.count / Self.symbols }

  /// The shortest codes for symbols that occur so often: (codes)(256) counts.
  package init(counts: [[UInt64]]) {
    var lengths = [UInt8](repeating: 0, count: counts.count * Self.symbols)
    for (index, counts) in counts.enumerated() {
      precondition(counts.count == Self.symbols)
      // Writes 256 lengths, which the array has from there on.
      unsafe lengths.withUnsafeMutableBufferPointer {
        unsafe ck_prefix_lengths(counts, $0.baseAddress! + index * Self.symbols)
      }
    }
    guard let codes = PrefixCodes(lengths: lengths) else { preconditionFailure("these are lengths of prefix codes") }
    self = codes
  }

  /// Codes of these lengths (codes * 256); `nil` if there are none.
  package init?(lengths: [UInt8]) {
    guard lengths.count % Self.symbols == 0 else { return nil }
    self.lengths = lengths
    let count = lengths.count / Self.symbols
    var codes = [UInt16](repeating: 0, count: lengths.count)
    var decoding = [UInt16](repeating: 0, count: count * Self.tableSize)
    for index in 0..<count {
      let own = Array(lengths[index * Self.symbols..<(index + 1) * Self.symbols])
      // Writes 256 codes and 2048 entries, which the arrays have from there on.
      let isCode = unsafe codes.withUnsafeMutableBufferPointer { codes in
        unsafe decoding.withUnsafeMutableBufferPointer { decoding in
          unsafe ck_prefix_codes(
            own, codes.baseAddress! + index * Self.symbols, decoding.baseAddress! + index * Self.tableSize)
        }
      }
      guard isCode != 0 else { return nil }
    }
    self.codes = codes
    self.decoding = decoding
  }

  /// - Precondition: `code` has the symbol.
  package func append(_ symbol: Int, code: Int, to output: inout BitWriter) {
    let place = code * Self.symbols + symbol
    precondition(lengths[place] > 0, "a symbol was not counted")
    output.append(UInt64(codes[place]), bits: Int(lengths[place]))
  }

  /// The next symbol; `nil` where no code begins so. Throws `ByteView.OutOfBounds` behind the end.
  package func read(code: Int, _ input: inout BitReader) throws(ByteView.OutOfBounds) -> Int? {
    let entry = Int(decoding[code * Self.tableSize + Int(input.next & UInt64(Self.tableSize - 1))])
    guard entry >> 8 <= Self.mostBits else { return nil }
    try input.skip(entry >> 8)
    return entry & 255
  }
}
