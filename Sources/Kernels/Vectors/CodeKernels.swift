internal import CKernels

/// Scores of product-quantized vectors, 32 documents at a time; see `vectors.h` for the layout of codes.
package enum CodeKernels {
  package static let blockDocuments = 32

  /// Bytes of a block of 32 documents.
  package static func blockBytes(parts: Int, bits: Int) -> Int { parts * (bits <= 4 ? 16 : 32) }

  /// Entries of a part's table.
  package static func tableEntries(bits: Int) -> Int { bits <= 4 ? 16 : 256 }

  /// The sums of table entries of `blocks` blocks from block `first` on. `tables` is (parts, entries).
  /// Throws if the view is too short. `scores` has room for 32 a block.
  package static func scores(
    _ codes: ByteView, first: Int, blocks: Int, parts: Int, bits: Int, tables: [Float], into scores: inout [Float]
  ) throws(ByteView.OutOfBounds) {
    precondition(tables.count == parts * tableEntries(bits: bits) && scores.count >= blocks * blockDocuments)
    let bytes = blockBytes(parts: parts, bits: bits)
    let part = try codes.slice(first * bytes, blocks * bytes)
    // The slice has all codes; a code is below the entries of a table whatever the bytes.
    unsafe part.withUnsafeBytes { source in
      unsafe tables.withUnsafeBufferPointer { tables in
        unsafe scores.withUnsafeMutableBufferPointer { scores in
          let codes = unsafe source.baseAddress?.assumingMemoryBound(to: UInt8.self)
          if bits <= 4 {
            unsafe ck_adc4_portable(codes, blocks, parts, tables.baseAddress, scores.baseAddress)
          } else {
            unsafe ck_adc8(codes, blocks, parts, tables.baseAddress, scores.baseAddress)
          }
        }
      }
    }
  }

  /// Sums of tables of bytes for 4-bit codes: (parts, 16), at most 256 parts, exact.
  package static func byteSums(
    _ codes: ByteView, first: Int, blocks: Int, parts: Int, tables: [UInt8], into sums: inout [UInt16]
  ) throws(ByteView.OutOfBounds) {
    precondition(parts <= 256 && tables.count == parts * 16 && sums.count >= blocks * blockDocuments)
    let part = try codes.slice(first * parts * 16, blocks * parts * 16)
    // As above.
    unsafe part.withUnsafeBytes { source in
      unsafe tables.withUnsafeBufferPointer { tables in
        unsafe sums.withUnsafeMutableBufferPointer { sums in
          unsafe ck_adc4_bytes(
            source.baseAddress?.assumingMemoryBound(to: UInt8.self), blocks, parts, tables.baseAddress,
            sums.baseAddress)
        }
      }
    }
  }
}
