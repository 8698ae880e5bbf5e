internal import CKernels

/// Lists of LEB128 integers: seven bits a byte, the least significant first, the high bit set on all but the last.
package enum VarintList {
  /// A varint that is longer than its type, or not in its shortest form: only damaged files have one.
  package struct Malformed: Error, CustomStringConvertible {
    package let offset: Int
    package init(offset: Int) { self.offset = offset }
    package var description: String { "the varint at byte \(offset) is malformed" }
  }

  /// Appends one integer: 1 byte below 128, at most 10.
  @inlinable
  package static func append(_ value: UInt64, to output: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      output.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    output.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Appends `values[range]`, at most 5 bytes each.
  package static func append(_ values: [UInt32], in range: Range<Int>, to output: inout [UInt8]) {
    let part = values[range]
    unsafe part.withUnsafeBufferPointer { source in
      unsafe output.append(atMost: 5 * source.count) { unsafe ck_varints(source.baseAddress, source.count, $0) }
    }
  }

  /// Reads one integer at `offset` and moves `offset` behind it. Throws `ByteView.OutOfBounds` and `Malformed`.
  package static func read(_ view: ByteView, at offset: inout Int) throws -> UInt64 {
    let start = offset
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      guard offset >= 0, offset < view.count else {
        throw ByteView.OutOfBounds(offset: offset, length: 1, count: view.count)
      }
      let byte = view[offset]
      offset += 1
      guard shift < 63 || byte <= 1 else { throw Malformed(offset: start) }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { break }
      shift += 7
    }
    return value
  }

  /// Reads `count` integers into the first elements of `values`; returns the offset behind them. Throws as `read`.
  /// - Precondition: `count <= values.count`.
  package static func read(_ view: ByteView, at offset: Int, count: Int, into values: inout [UInt32]) throws -> Int {
    precondition(count >= 0 && count <= values.count)
    guard offset >= 0, offset <= view.count else {
      throw ByteView.OutOfBounds(offset: offset, length: count, count: view.count)
    }
    // Both buffers are indexed below their counts: `index` by the loops, `position` by the comparison in `next`.
    let end = unsafe view.withUnsafeBytes { source in
      unsafe values.withUnsafeMutableBufferPointer { target in
        unsafe readAll(source, from: offset, into: target, count: count)
      }
    }
    guard end >= 0 else { throw Malformed(offset: offset) }
    return end
  }

  /// The position behind `count` varints, or -1 where one is too long or the bytes end. `target` has `count` elements.
  @unsafe static func readAll(
    _ source: UnsafeRawBufferPointer, from offset: Int, into target: UnsafeMutableBufferPointer<UInt32>, count: Int
  ) -> Int {
    // Reads below source.count and writes `count` elements.
    let end = unsafe ck_read_varints(
      source.baseAddress?.assumingMemoryBound(to: UInt8.self), source.count, offset, target.baseAddress, count)
    return Int(exactly: end) ?? -1
  }
}

extension Array where Element == UInt8 {
  /// Appends what `write` puts at an address with room for `most` bytes; it returns how many.
  @unsafe mutating func append(atMost most: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Int) {
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Swift.max(most, 1)) { scratch in
      guard let start = scratch.baseAddress else { return }
      let count = unsafe write(start)
      precondition(count >= 0 && count <= most)
      // `count` bytes were written, by the lines above.
      unsafe append(contentsOf: UnsafeBufferPointer(start: start, count: count))
    }
  }
}
