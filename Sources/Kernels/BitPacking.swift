internal import CKernels

/// Bit packing of blocks of 128 values in SIMD-BP128's vertical layout (see `ckernels.h`).
package enum BitPacking {
  package static let blockLength = 128

  /// Bytes of a packed block.
  package static func packedBytes(width: Int) -> Int { 16 * width }

  /// The number of bits that the largest of `values` needs.
  package static func width(of values: [UInt32]) -> Int {
    var all: UInt32 = 0
    for value in values { all |= value }
    return 32 - all.leadingZeroBitCount
  }

  /// Appends `values` (exactly 128, each below 2^width) to `output`.
  package static func pack(_ values: [UInt32], width: Int, into output: inout [UInt8]) {
    precondition(values.count == blockLength && (0...32).contains(width))
    let start = output.count
    output.append(contentsOf: repeatElement(0, count: packedBytes(width: width)))
    unsafe output.withUnsafeMutableBufferPointer { target in
      unsafe values.withUnsafeBufferPointer { source in
        // 128 values are read and 16 * width bytes written, which is what both buffers have.
        if let address = target.baseAddress { unsafe ck_pack128(source.baseAddress, UInt32(width), address + start) }
      }
    }
  }

  /// Unpacks 128 values at `offset`; throws if the view is too short. `values` must have 128 elements.
  package static func unpack(
    _ view: ByteView, at offset: Int, width: Int, into values: inout [UInt32]
  ) throws(ByteView.OutOfBounds) {
    let packed = try view.slice(offset, packedBytes(width: min(max(width, 0), 32)))
    precondition(values.count == blockLength)
    unsafe values.withUnsafeMutableBufferPointer { target in
      // The slice has the 16 * width bytes that are read; 128 values are written.
      unsafe packed.withUnsafeBytes { source in
        unsafe ck_unpack128(source.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(width), target.baseAddress)
      }
    }
  }

  /// Unpacks 128 gaps and sums them from `base`, modulo 2^32.
  package static func unpackDeltas(
    _ view: ByteView, at offset: Int, width: Int, base: UInt32, into values: inout [UInt32]
  ) throws(ByteView.OutOfBounds) {
    let packed = try view.slice(offset, packedBytes(width: min(max(width, 0), 32)))
    precondition(values.count == blockLength)
    unsafe values.withUnsafeMutableBufferPointer { target in
      // As above.
      unsafe packed.withUnsafeBytes { source in
        unsafe ck_unpack128_delta(
          source.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(width), base, target.baseAddress)
      }
    }
  }
}
