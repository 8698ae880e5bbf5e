package import Kernels

/// A head of one or more linear layers with ReLU between them: numbers for each token.
package final class LinearHead: Sendable {
  private let layers: [Linear]
  package let name: LinearHeadName
  /// Numbers a token.
  package var outputs: Int { layers[layers.count - 1].outputs }

  /// - Throws: `ModelError` (69) if the model has no such head.
  package init(_ checkpoint: Checkpoint, _ name: LinearHeadName, precision: Precision = .fp32) throws {
    guard let tensors = checkpoint.linear[name] else {
      throw ModelError(.unavailable, checkpoint.path, "has no head \(name.rawValue), which this encoder needs")
    }
    self.name = name
    layers = try tensors.map { try Linear($0, precision) }
  }

  /// (tokens, outputs).
  /// - Parameter activation: after the last layer.
  package func apply(_ states: HiddenStates, activation: Activation) -> FloatBuffer {
    apply(states.buffer, activation: activation)
  }

  /// (rows, outputs) of (rows, width).
  package func apply(_ rows: FloatBuffer, activation: Activation) -> FloatBuffer {
    var input = rows
    for (index, layer) in layers.enumerated() {
      let output = FloatBuffer(rows: 0, columns: 0)
      layer.apply(input, into: output, activation: index == layers.count - 1 ? activation : .relu)
      input = output
    }
    return input
  }
}
