internal import CKernels

/// The largest value of each block of neighbours: what most of a long row can be ruled out by.
package enum BlockMaxima {
  /// Values a block; the last one may have fewer.
  package static let size = Int(CK_MAXIMA_BLOCK)

  /// (blocks): minus infinity where a block has no number.
  package static func of(_ values: Span<Float>) -> [Float] {
    var maxima = [Float](repeating: 0, count: (values.count + size - 1) / size)
    unsafe values.withUnsafeBufferPointer { values in
      // There is a maximum for each block of `values`.
      if let start = values.baseAddress { unsafe ck_block_maxima(start, values.count, &maxima) }
    }
    return maxima
  }
}
