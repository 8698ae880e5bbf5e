internal import Kernels

/// A linear layer ready to multiply: weights packed once, shared by all threads.
struct Linear: Sendable {
  private let matrix: PackedMatrix
  /// (outputs); `nil` is zero.
  let bias: [Float]?
  var outputs: Int { matrix.outputs }
  var inputs: Int { matrix.inputs }

  init(_ tensors: LinearTensors, _ precision: Precision) throws { try self.init([tensors], precision) }

  /// Several layers with the same input as one: their outputs come side by side.
  init(_ parts: [LinearTensors], _ precision: Precision) throws {
    for part in parts { try part.weight.checkFinite() }
    matrix = PackedMatrix(try parts.map { try $0.weight.view() }, precision: precision.kernel)
    bias =
      parts.contains { $0.bias != nil }
      ? try parts.flatMap { try $0.bias?.floats() ?? [Float](repeating: 0, count: $0.outputs) } : nil
  }

  /// output (rows, outputs) = normalize(activation(input (rows, inputs) * weights + bias) + residual).
  func apply(
    _ input: FloatBuffer, into output: FloatBuffer, activation: Activation = .none, residual: FloatBuffer? = nil,
    norm: LayerNorm? = nil
  ) {
    matrix.multiply(input, into: output, bias: bias, activation: activation, residual: residual, norm: norm)
  }

  /// See `PackedMatrix.pooledProduct`.
  func pooled(
    _ input: FloatBuffer, offsets: [Int], into output: FloatBuffer, activation: Activation, pooling: Pooling,
    scales: [Float]?, counted: [UInt8]?
  ) {
    matrix.pooledProduct(
      input, offsets: offsets, into: output, bias: bias, activation: activation, pooling: pooling, scales: scales,
      counted: counted)
  }
}

extension LayerNorm {
  init(_ tensors: NormTensors, epsilon: Float) throws {
    self.init(gamma: try tensors.scale.floats(), beta: try tensors.shift.floats(), epsilon: epsilon)
  }
}
