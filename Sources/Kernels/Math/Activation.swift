/// A function of one number, applied to what a matrix product gives.
package enum Activation: Int32, Sendable, CaseIterable {
  case none
  case relu
  /// x / 2 (1 + erf(x / sqrt 2)).
  case gelu
  /// The approximation of `gelu` by tanh.
  case geluTanh
  case tanh
  case sigmoid
  /// log(1 + e^x).
  case softplus
  /// log(1 + max(0, x)): SPLADE.
  case log1pRelu
  /// log(1 + log(1 + max(0, x))): inference-free models of version 3.
  case log1pLog1pRelu
}

/// How many vectors become one.
package enum Pooling: Int32, Sendable, CaseIterable {
  case maximum, sum, mean, first, last
}

/// (x - mean) / sqrt(variance + epsilon) * gamma + beta.
package struct LayerNorm: Sendable {
  /// (width).
  package let gamma: [Float]
  /// (width).
  package let beta: [Float]
  package let epsilon: Float

  package init(gamma: [Float], beta: [Float], epsilon: Float) {
    precondition(gamma.count == beta.count)
    self.gamma = gamma
    self.beta = beta
    self.epsilon = epsilon
  }
}
