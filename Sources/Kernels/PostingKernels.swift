internal import CKernels

/// What decoding a block of 128 postings needs besides `BitPacking`, with no allocation.
package enum PostingKernels {
  /// Unpacks 128 integers of `width` bits at `offset`, adds one to each and stores them as floats, which is exact up to
  /// 2^24. Throws if the view is too short. `values` must have 128 elements.
  package static func unpackImpacts(
    _ view: ByteView, at offset: Int, width: Int, into values: inout [Float]
  ) throws(ByteView.OutOfBounds) {
    let packed = try view.slice(offset, BitPacking.packedBytes(width: min(max(width, 0), 32)))
    precondition(values.count == BitPacking.blockLength)
    unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: BitPacking.blockLength) { integers in
      // The slice has the 16 * width bytes that are read; 128 integers are written, then read.
      unsafe packed.withUnsafeBytes { source in
        unsafe ck_unpack128(
          source.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(width), integers.baseAddress)
      }
      unsafe values.withUnsafeMutableBufferPointer { target in
        // Signed, because processors convert four signed integers at once.
        for index in 0..<BitPacking.blockLength {
          unsafe target[index] = Float(Int32(bitPattern: integers[index] &+ 1))
        }
      }
    }
  }

  /// Reads `count` varints at `offset`, adds one to each and stores them as floats; returns the offset behind them.
  /// Throws as `VarintList.read`.
  /// - Precondition: `count <= values.count`.
  package static func readImpacts(
    _ view: ByteView, at offset: Int, count: Int, into values: inout [Float]
  ) throws -> Int {
    precondition(count >= 0 && count <= values.count)
    guard offset >= 0, offset <= view.count else {
      throw ByteView.OutOfBounds(offset: offset, length: count, count: view.count)
    }
    return try unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: max(count, 1)) { integers in
      // Reads within the view; writes `count` integers, the capacity, which are then read.
      let end = unsafe view.withUnsafeBytes { source in
        unsafe VarintList.readAll(source, from: offset, into: integers, count: count)
      }
      guard end >= 0 else { throw VarintList.Malformed(offset: offset) }
      unsafe values.withUnsafeMutableBufferPointer { target in
        // Signed, as above; count <= target.count.
        for index in 0..<count { unsafe target[index] = Float(Int32(truncatingIfNeeded: integers[index] &+ 1)) }
      }
      return end
    }
  }

  /// Copies `count` little-endian floats at `offset` to the first elements of `values`. Throws if the view is too
  /// short.
  /// - Precondition: `count <= values.count`.
  package static func copyFloats(
    _ view: ByteView, at offset: Int, count: Int, into values: inout [Float]
  ) throws(ByteView.OutOfBounds) {
    precondition(count >= 0 && count <= values.count)
    let part = try view.slice(offset, count * 4)
    unsafe values.withUnsafeMutableBufferPointer { target in
      // The slice has the 4 * count bytes that are read; count <= target.count.
      unsafe part.withUnsafeBytes { source in
        for index in 0..<count {
          let bits = unsafe source.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)
          unsafe target[index] = Float(bitPattern: UInt32(littleEndian: bits))
        }
      }
    }
  }

  /// Turns the first `count` gaps into sums from `base`, modulo 2^32.
  /// - Precondition: `count <= values.count`.
  package static func sumGaps(_ values: inout [UInt32], count: Int, base: UInt32) {
    precondition(count >= 0 && count <= values.count)
    var sum = base
    for index in 0..<count {
      sum &+= values[index]
      values[index] = sum
    }
  }
}

extension ByteView {
  /// A little-endian integer at any alignment. Not generic: `load` called from another module is not specialized.
  package func uint8(at offset: Int) throws(OutOfBounds) -> UInt8 { try load(UInt8.self, at: offset) }
  package func uint32(at offset: Int) throws(OutOfBounds) -> UInt32 { try load(UInt32.self, at: offset) }
  package func uint64(at offset: Int) throws(OutOfBounds) -> UInt64 { try load(UInt64.self, at: offset) }
}
