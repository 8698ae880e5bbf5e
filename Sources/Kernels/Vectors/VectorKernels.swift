internal import CKernels

/// How the elements of a stored vector are written.
package enum RowKind: Int32, Sendable, Hashable {
  case float32 = 0
  case float16 = 1
  case int8 = 2

  package var elementBytes: Int {
    switch self {
    case .float32: 4
    case .float16: 2
    case .int8: 1
    }
  }
}

/// How a stored vector lies in its row: its elements, a scale (f32, little-endian) if it has one of its own, zeros up to
/// a multiple of 4 bytes, and the CRC-32C of all that.
package struct RowLayout: Sendable, Hashable {
  package let kind: RowKind
  package let dimension: Int
  package let hasScale: Bool

  package init(kind: RowKind, dimension: Int, hasScale: Bool) {
    precondition(dimension >= 0)
    self.kind = kind
    self.dimension = dimension
    self.hasScale = hasScale
  }

  /// Where the scale stands.
  package var scaleOffset: Int { (dimension * kind.elementBytes + 3) / 4 * 4 }
  /// Where the checksum stands.
  package var checksumOffset: Int { scaleOffset + (hasScale ? 4 : 0) }
  /// Bytes from one row to the next.
  package var stride: Int { checksumOffset + 4 }
}

/// Dot products with stored vectors, in the one order of additions that `vectors.h` defines: the same bits on every
/// processor, alone or among others.
package enum VectorKernels {
  package static func dot(_ left: [Float], _ right: [Float]) -> Float {
    precondition(left.count == right.count)
    // Both have `left.count` floats.
    return unsafe left.withUnsafeBufferPointer { left in
      unsafe right.withUnsafeBufferPointer { right in
        unsafe ck_dot(left.baseAddress, right.baseAddress, left.count)
      }
    }
  }

  /// The same by the portable kernel, for tests.
  package static func portableDot(_ left: [Float], _ right: [Float]) -> Float {
    precondition(left.count == right.count)
    return unsafe left.withUnsafeBufferPointer { left in
      unsafe right.withUnsafeBufferPointer { right in
        unsafe ck_dot_portable(left.baseAddress, right.baseAddress, left.count)
      }
    }
  }

  /// Writes a vector as a row. `scale`: what a stored whole number is multiplied with; ignored for floats.
  /// - Precondition: `values.count == layout.dimension`.
  package static func row(_ values: [Float], scale: Float, layout: RowLayout) -> [UInt8] {
    precondition(values.count == layout.dimension)
    var row: [UInt8] = []
    row.reserveCapacity(layout.stride)
    switch layout.kind {
    case .float32: row.appendLittleEndian(contentsOf: values)
    case .float16:
      // Writes two bytes an element, the capacity.
      row = unsafe [UInt8](unsafeUninitializedCapacity: max(values.count * 2, 1)) { target, written in
        unsafe values.withUnsafeBufferPointer { unsafe ck_to_f16($0.baseAddress, $0.count, target.baseAddress) }
        written = values.count * 2
      }
    case .int8:
      let inverse = scale > 0 ? 1 / scale : 0
      // Writes a byte an element, the capacity.
      row = unsafe [UInt8](unsafeUninitializedCapacity: max(values.count, 1)) { target, written in
        unsafe values.withUnsafeBufferPointer { unsafe ck_to_i8($0.baseAddress, $0.count, inverse, target.baseAddress) }
        written = values.count
      }
    }
    row += [UInt8](repeating: 0, count: layout.scaleOffset - row.count)
    if layout.hasScale { row.appendLittleEndian(scale) }
    row.appendLittleEndian(CRC32C.checksum(row))
    return row
  }

  /// Scores of `count` rows that begin at `offset` of `bytes`: (rows, queries), each the dot product times the row's
  /// scale. `queries` is (queries, dimension). Returns the first row whose checksum is wrong, if any; then scores are
  /// of no use.
  /// - Precondition: the rows lie in `bytes`; `scores` has room for them.
  package static func score(
    _ bytes: [UInt8], at offset: Int, count: Int, layout: RowLayout, queries: [Float], queryCount: Int,
    into scores: inout [Float]
  ) -> Int? {
    let (stride, dimension) = (layout.stride, layout.dimension)
    precondition(offset >= 0 && count >= 0 && bytes.count - offset >= count * stride)
    precondition(queries.count == queryCount * dimension && scores.count >= count * queryCount)
    // Rows are inside of `bytes`, and scores inside of `scores`, by the lines above.
    return unsafe bytes.withUnsafeBufferPointer { bytes -> Int? in
      guard count > 0, let base = bytes.baseAddress else { return nil }
      let rows = unsafe base + offset
      for row in 0..<count {
        let start = unsafe rows + row * stride
        let checksum = unsafe UInt32(
          littleEndian: UnsafeRawPointer(start).loadUnaligned(fromByteOffset: layout.checksumOffset, as: UInt32.self))
        if unsafe ck_crc32c(0, start, layout.checksumOffset) != checksum { return row }
      }
      unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: max(dimension, 1)) { scratch in
        unsafe queries.withUnsafeBufferPointer { queries in
          unsafe scores.withUnsafeMutableBufferPointer { scores in
            unsafe ck_row_scores(
              rows, stride, count, layout.kind.rawValue, dimension, queries.baseAddress, queryCount,
              scratch.baseAddress, scores.baseAddress)
            if layout.hasScale {
              for row in 0..<count {
                let scale = unsafe scale(of: rows + row * stride, layout)
                for query in 0..<queryCount { unsafe scores[row * queryCount + query] *= scale }
              }
            }
          }
        }
      }
      return nil
    }
  }

  private static func scale(of row: UnsafePointer<UInt8>, _ layout: RowLayout) -> Float {
    // The scale's 4 bytes are in the row.
    unsafe Float(
      bitPattern: UInt32(
        littleEndian: UnsafeRawPointer(row).loadUnaligned(fromByteOffset: layout.scaleOffset, as: UInt32.self)))
  }

  /// The vector of a row, without dimension-wise scales; `nil` if its checksum is wrong.
  /// - Precondition: `row.count == layout.stride`.
  package static func vector(_ row: [UInt8], layout: RowLayout) -> [Float]? {
    precondition(row.count == layout.stride)
    return unsafe row.withUnsafeBufferPointer { row -> [Float]? in
      guard let base = row.baseAddress else { return nil }
      let stored = unsafe UInt32(
        littleEndian: UnsafeRawPointer(base).loadUnaligned(fromByteOffset: layout.checksumOffset, as: UInt32.self))
      guard unsafe ck_crc32c(0, base, layout.checksumOffset) == stored else { return nil }
      let scale: Float = unsafe layout.hasScale ? scale(of: base, layout) : 1
      var values = unsafe [Float](unsafeUninitializedCapacity: max(layout.dimension, 1)) { target, written in
        // Writes `dimension` floats, the capacity.
        unsafe ck_row_decode(base, layout.kind.rawValue, layout.dimension, target.baseAddress)
        written = layout.dimension
      }
      if layout.hasScale { for index in values.indices { values[index] *= scale } }
      return values
    }
  }
}
