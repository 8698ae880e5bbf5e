internal import CKernels

/// What a matrix product computes with. Sums are fp32 (`int8`: exact in int32, then fp32).
package enum MatrixPrecision: Int32, Sendable, CaseIterable {
  case fp32
  /// Weights and inputs rounded to bfloat16.
  case bf16
  /// Weights rounded to -127...127 with a scale an output; inputs to 0...255 (0...127 where the processor has no VNNI)
  /// with a scale and a zero point a row.
  case int8
}

/// Blocks of int8 weights that a product leaves out where all are zero.
package enum WeightBlocks: Int32, Sendable, CaseIterable {
  /// Nothing is left out.
  case none
  /// As many outputs as a panel of the instruction set has (16 or 32), and 4 inputs.
  case panel
  /// 1 output, 4 neighbouring inputs.
  case oneByFour
  /// 4 neighbouring outputs, 1 input.
  case fourByOne
}

/// Weights (outputs, inputs), packed once for an instruction set; shared by all threads.
///
/// A row of a product depends on that row of the input alone, bit for bit, whatever the number of rows.
@safe package final class PackedMatrix: @unchecked Sendable {
  // Sendable: written in `init` only.
  private let matrix: UnsafeMutablePointer<ck_matrix>
  package let outputs: Int
  package let inputs: Int
  package let precision: MatrixPrecision
  package let instructionSet: InstructionSet
  /// What products leave out.
  package let blocks: WeightBlocks

  /// Packs tables of (their rows, inputs), one under the other: query, key and value weights become one matrix.
  /// - Parameter roundedFor: rounds inputs of `int8` as this instruction set does, so that results can be compared.
  /// - Parameter blocks: the blocks of zeros that `int8` leaves out; nil: those that are fastest by their measured
  ///   density. Results are the same bits.
  /// - Precondition: at least one part; all have the same columns; the instruction set is supported.
  package init(
    _ parts: [TensorView], precision: MatrixPrecision, instructionSet: InstructionSet = .best,
    blocks: WeightBlocks? = nil, roundedFor: InstructionSet? = nil
  ) {
    guard let first = parts.first, parts.allSatisfy({ $0.columns == first.columns }) else {
      preconditionFailure("parts of different widths")
    }
    precondition(instructionSet.isSupported && (precision != .int8 || first.columns <= 1 << 16))
    outputs = parts.reduce(0) { $0 + $1.rows }
    inputs = first.columns
    self.precision = precision
    self.instructionSet = instructionSet
    guard let matrix = unsafe ck_matrix_create(instructionSet.rawValue, precision.rawValue, outputs, inputs) else {
      preconditionFailure("out of memory")
    }
    unsafe self.matrix = matrix
    if let roundedFor { unsafe ck_matrix_set_levels(matrix, ck_levels(roundedFor.rawValue)) }
    var row = 0
    for part in parts {
      // A part has rows * inputs elements, and outputs is the sum of all rows.
      unsafe part.bytes.withUnsafeBytes { bytes in
        unsafe ck_matrix_fill(matrix, row, part.rows, bytes.baseAddress, part.element.rawValue)
      }
      row += part.rows
    }
    // The matrix is filled.
    self.blocks = unsafe WeightBlocks(rawValue: ck_matrix_find_blocks(matrix, blocks?.rawValue ?? -1)) ?? .none
  }

  /// `weights` has (outputs, inputs) values.
  package convenience init(
    weights: [Float], outputs: Int, inputs: Int, precision: MatrixPrecision, instructionSet: InstructionSet = .best,
    blocks: WeightBlocks? = nil, roundedFor: InstructionSet? = nil
  ) {
    precondition(weights.count == outputs * inputs)
    self.init(
      [TensorView(weights, columns: inputs)], precision: precision, instructionSet: instructionSet,
      blocks: blocks, roundedFor: roundedFor)
  }

  deinit { unsafe ck_matrix_destroy(matrix) }

  /// The share of the dense product's work that is left with blocks of a kind; 1 where weights are not int8.
  package func density(_ blocks: WeightBlocks) -> Double {
    precision == .int8 ? unsafe ck_matrix_density(matrix, blocks.rawValue) : 1
  }

  /// Bytes in memory.
  package var bytes: Int { unsafe Int(ck_matrix_bytes(matrix)) }

  /// output (rows, outputs) = normalize(activation(input (rows, inputs) * weights^T + bias) + residual).
  ///
  /// `output` takes its shape from the product. It may be the residual, but not the input.
  /// - Parameters:
  ///   - bias: (outputs).
  ///   - residual: (rows, outputs).
  package func multiply(
    _ input: FloatBuffer, into output: FloatBuffer, bias: [Float]? = nil, activation: Activation = .none,
    residual: FloatBuffer? = nil, norm: LayerNorm? = nil
  ) {
    precondition(input.columns == inputs && input !== output)
    precondition(bias.map { $0.count == outputs } ?? true)
    precondition(residual.map { $0.rows == input.rows && $0.columns == outputs } ?? true)
    precondition(norm.map { $0.gamma.count == outputs } ?? true)
    if output.rows != input.rows || output.columns != outputs {
      precondition(output !== residual)
      output.reshape(rows: input.rows, columns: outputs)
    }
    // Every length is checked above; rows are `columns` floats apart.
    unsafe withPointers(bias, norm?.gamma, norm?.beta) { bias, gamma, beta in
      var epilogue = unsafe ck_epilogue(
        bias: bias, activation: activation.rawValue, residual: residual?.pointer(), residual_stride: outputs,
        gamma: gamma, beta: beta, epsilon: norm?.epsilon ?? 0)
      unsafe instructionSet.functions.multiply(
        matrix, input.pointer(), inputs, input.rows, output.pointer(), outputs, &epilogue)
    }
  }

  /// The pooled vocabulary head: output (sequences, outputs), where
  /// output[s][v] = pool over tokens t of s of activation((input[t] . weights[v] + bias[v]) * scales[t]).
  ///
  /// Logits exist a tile at a time, never tokens x vocabulary. A sequence of which no token counts gives zeros.
  /// - Parameters:
  ///   - input: (tokens, inputs).
  ///   - offsets: (sequences + 1), ascending from 0, the last one the number of tokens.
  ///   - pooling: `maximum`, `sum`, or `first`: the first token alone.
  ///   - scales: (tokens).
  ///   - counted: (tokens), zero for a token to leave out.
  package func pooledProduct(
    _ input: FloatBuffer, offsets: [Int], into output: FloatBuffer, bias: [Float]? = nil, activation: Activation,
    pooling: Pooling, scales: [Float]? = nil, counted: [UInt8]? = nil
  ) {
    VectorMath.check(offsets, tokens: input.rows)
    precondition(input.columns == inputs && input !== output && [.maximum, .sum, .first].contains(pooling))
    precondition(bias.map { $0.count == outputs } ?? true)
    precondition(scales.map { $0.count == input.rows } ?? true)
    precondition(counted.map { $0.count == input.rows } ?? true)
    output.reshape(rows: offsets.count - 1, columns: outputs)
    // Every length is checked above.
    unsafe withPointers(bias, scales, nil) { bias, scales, _ in
      unsafe withPointer(counted) { counted in
        var head = unsafe ck_head(
          bias: bias, scales: scales, counted: counted, activation: activation.rawValue, pooling: pooling.rawValue)
        unsafe instructionSet.functions.pooled(
          matrix, input.pointer(), inputs, offsets, output.rows, output.pointer(), outputs, &head)
      }
    }
  }
}

/// The address of an array's elements while `body` runs, or null where there is no array.
@unsafe func withPointer<T, R>(_ array: [T]?, _ body: (UnsafePointer<T>?) -> R) -> R {
  guard let array else { return body(nil) }
  return unsafe array.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
}

@unsafe func withPointers<R>(
  _ first: [Float]?, _ second: [Float]?, _ third: [Float]?,
  _ body: (UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<Float>?) -> R
) -> R {
  unsafe withPointer(first) { first in
    unsafe withPointer(second) { second in
      unsafe withPointer(third) { third in unsafe body(first, second, third) }
    }
  }
}
