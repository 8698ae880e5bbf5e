internal import CKernels

/// What a transformer does between its matrix products. Single-threaded, reentrant, no state.
///
/// `offsets` are (sequences + 1) token positions, ascending from 0, the last one the number of tokens.
package struct VectorMath: Sendable {
  package let instructionSet: InstructionSet

  /// - Precondition: supported.
  package init(_ instructionSet: InstructionSet = .best) {
    precondition(instructionSet.isSupported)
    self.instructionSet = instructionSet
  }

  static func check(_ offsets: [Int], tokens: Int) {
    precondition(offsets.first == 0 && offsets.last == tokens, "offsets must go from 0 to the number of tokens")
    for index in offsets.indices.dropFirst() { precondition(offsets[index - 1] <= offsets[index]) }
  }

  /// Softmax(q k^T / sqrt(width)) v in each sequence and head; nothing is padded.
  /// - Parameters:
  ///   - projected: (tokens, 3 * heads * width): queries, keys, values side by side.
  ///   - output: becomes (tokens, heads * width).
  ///   - scale: instead of 1 / sqrt(width).
  ///   - precision: of the model; both products are made of bf16 where it is not `fp32` and the processor has them.
  package func attention(
    _ projected: FloatBuffer, offsets: [Int], heads: Int, into output: FloatBuffer, scale: Float? = nil,
    precision: MatrixPrecision = .fp32
  ) {
    VectorMath.check(offsets, tokens: projected.rows)
    precondition(heads > 0 && projected.columns % (3 * heads) == 0 && projected !== output)
    let hidden = projected.columns / 3
    output.reshape(rows: projected.rows, columns: hidden)
    let base = unsafe projected.pointer()
    // Queries, keys and values are `hidden` columns each of rows that are 3 * hidden apart.
    unsafe instructionSet.functions.attention(
      base, base + hidden, base + 2 * hidden, 3 * hidden, offsets, offsets.count - 1, heads, hidden / heads,
      scale ?? 1 / Float(hidden / heads).squareRoot(), precision.rawValue, output.pointer(), hidden)
  }

  /// The same with (tokens, heads * width) each.
  package func attention(
    queries: FloatBuffer, keys: FloatBuffer, values: FloatBuffer, offsets: [Int], heads: Int, into output: FloatBuffer,
    scale: Float? = nil, precision: MatrixPrecision = .fp32
  ) {
    VectorMath.check(offsets, tokens: queries.rows)
    let hidden = queries.columns
    precondition(heads > 0 && hidden % heads == 0)
    for buffer in [keys, values] { precondition(buffer.rows == queries.rows && buffer.columns == hidden) }
    for buffer in [queries, keys, values] { precondition(buffer !== output) }
    output.reshape(rows: queries.rows, columns: hidden)
    unsafe instructionSet.functions.attention(
      queries.pointer(), keys.pointer(), values.pointer(), hidden, offsets, offsets.count - 1, heads, hidden / heads,
      scale ?? 1 / Float(hidden / heads).squareRoot(), precision.rawValue, output.pointer(), hidden)
  }

  /// output = norm(input + residual), row by row; `output` may be either.
  package func layerNorm(
    _ input: FloatBuffer, residual: FloatBuffer? = nil, _ norm: LayerNorm, into output: FloatBuffer
  ) {
    precondition(norm.gamma.count == input.columns)
    precondition(residual.map { $0.rows == input.rows && $0.columns == input.columns } ?? true)
    if output.rows != input.rows || output.columns != input.columns {
      precondition(output !== residual)
      output.reshape(rows: input.rows, columns: input.columns)
    }
    // All have the input's shape.
    unsafe instructionSet.functions.layer_norm(
      input.pointer(), input.columns, residual?.pointer(), input.columns, input.rows, input.columns, norm.gamma,
      norm.beta, norm.epsilon, output.pointer(), input.columns)
  }

  /// output (tokens, width) = norm(words[ids] + positions[firstPosition + place in the sequence] + types[typeIDs]).
  /// - Parameter typeIDs: (tokens); all 0 where nil.
  /// - Precondition: every index is a row of its table.
  package func embed(
    _ ids: [Int32], offsets: [Int], words: TensorView, positions: TensorView?, types: TensorView?,
    typeIDs: [Int32]? = nil, firstPosition: Int = 0, norm: LayerNorm?, into output: FloatBuffer
  ) {
    VectorMath.check(offsets, tokens: ids.count)
    let width = words.columns
    for id in ids { precondition(id >= 0 && Int(id) < words.rows, "token outside of the vocabulary") }
    var longest = 0
    for index in offsets.indices.dropFirst() { longest = max(longest, offsets[index] - offsets[index - 1]) }
    if let positions {
      precondition(positions.columns == width && firstPosition >= 0 && firstPosition + longest <= positions.rows)
    }
    if let types {
      precondition(types.columns == width && (types.rows > 0 || ids.isEmpty))
      precondition(typeIDs.map { $0.count == ids.count } ?? true)
      for type in typeIDs ?? [] { precondition(type >= 0 && Int(type) < types.rows) }
    }
    output.reshape(rows: ids.count, columns: width)
    unsafe VectorMath.withTable(words) { words in
      unsafe VectorMath.withTable(positions) { positions in
        unsafe VectorMath.withTable(types) { types in
          unsafe withPointer(types.rows == nil ? nil : typeIDs) { typeIDs in
            // Every index is checked above.
            unsafe instructionSet.functions.embed(
              words, positions, types, ids, typeIDs, offsets, offsets.count - 1, firstPosition, width,
              output.pointer(), width)
          }
        }
      }
    }
    if let norm { layerNorm(output, norm, into: output) }
  }

  @unsafe private static func withTable(_ table: TensorView?, _ body: (ck_table) -> Void) {
    guard let table else { return unsafe body(ck_table(rows: nil, element: 0)) }
    unsafe table.bytes.withUnsafeBytes { bytes in
      unsafe body(ck_table(rows: bytes.baseAddress, element: table.element.rawValue))
    }
  }

  /// Applies `activation` in place.
  package func activate(_ values: FloatBuffer, _ activation: Activation) {
    unsafe instructionSet.functions.activate(values.pointer(), values.count, activation.rawValue)
  }

  /// output (sequences, width) of (tokens, width). A sequence of which no token counts gives zeros.
  /// - Parameter counted: (tokens), zero for a token to leave out.
  package func pool(
    _ input: FloatBuffer, offsets: [Int], _ pooling: Pooling, counted: [UInt8]? = nil, into output: FloatBuffer
  ) {
    VectorMath.check(offsets, tokens: input.rows)
    precondition(input !== output && (counted.map { $0.count == input.rows } ?? true))
    output.reshape(rows: offsets.count - 1, columns: input.columns)
    unsafe withPointer(counted) { counted in
      unsafe instructionSet.functions.pool(
        input.pointer(), input.columns, offsets, output.rows, input.columns, counted, pooling.rawValue,
        output.pointer(), input.columns)
    }
  }

  /// Divides each row by its Euclidean length, or by `epsilon` where that is larger.
  package func normalize(_ values: FloatBuffer, epsilon: Float = 1e-12) {
    unsafe instructionSet.functions.normalize(
      values.pointer(), values.columns, values.rows, values.columns, epsilon)
  }
}
