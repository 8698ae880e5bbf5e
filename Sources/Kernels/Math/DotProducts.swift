internal import CKernels

/// One vector against many stored ones, without a copy.
package enum DotProducts {
  /// out[r] = query . rows[r]; `rows` is fp32 or fp16.
  /// - Precondition: `query.count == rows.columns`, `output.count >= rows.rows`.
  package static func dot(
    _ query: [Float], _ rows: TensorView, into output: inout [Float], _ set: InstructionSet = .best
  ) {
    precondition(query.count == rows.columns && output.count >= rows.rows)
    precondition(rows.element == .fp32 || rows.element == .fp16)
    unsafe output.withUnsafeMutableBufferPointer { target in
      // The table has rows * columns elements, the output a place a row.
      unsafe rows.bytes.withUnsafeBytes { source in
        if rows.element == .fp32 {
          unsafe set.functions.dot_f32(
            query, source.baseAddress, rows.columns, rows.rows, rows.columns, target.baseAddress)
        } else {
          unsafe set.functions.dot_f16(
            query, source.baseAddress, rows.columns, rows.rows, rows.columns, target.baseAddress)
        }
      }
    }
  }

  /// out[r] = query . rows[r] in whole numbers, exact up to 131,072 columns.
  package static func dotInt8(
    _ query: [Int8], _ rows: TensorView, into output: inout [Int32], _ set: InstructionSet = .best
  ) {
    precondition(query.count == rows.columns && output.count >= rows.rows)
    precondition(rows.element == .int8 && rows.columns <= 1 << 17)
    unsafe output.withUnsafeMutableBufferPointer { target in
      // As above.
      unsafe rows.bytes.withUnsafeBytes { source in
        unsafe set.functions.dot_i8(
          query, source.baseAddress, rows.columns, rows.rows, rows.columns, target.baseAddress)
      }
    }
  }

  /// out[r] = query . row r of an array of rows of `query.count` floats.
  package static func dot(
    _ query: [Float], rows: [Float], into output: inout [Float], _ set: InstructionSet = .best
  ) {
    let width = query.count
    precondition(width > 0 && rows.count % width == 0 && output.count >= rows.count / width)
    unsafe output.withUnsafeMutableBufferPointer { target in
      // Whole rows, a place each.
      unsafe set.functions.dot_f32(query, rows, width, rows.count / width, width, target.baseAddress)
    }
  }

  /// out[r] = |query - row r|^2 of an array of rows of `query.count` floats.
  package static func squaredDistances(
    _ query: [Float], rows: [Float], into output: inout [Float], _ set: InstructionSet = .best
  ) {
    let width = query.count
    precondition(width > 0 && rows.count % width == 0 && output.count >= rows.count / width)
    unsafe output.withUnsafeMutableBufferPointer { target in
      // As above.
      unsafe set.functions.distance_f32(query, rows, width, rows.count / width, width, target.baseAddress)
    }
  }
}
