package import Kernels

/// sentence-transformers' Dense: a linear layer with an activation, and the input added to it if the model says so.
package struct Dense: Sendable {
  private let linear: Linear
  private let residual: Linear?
  private let settings: DenseSettings
  package var outputs: Int { linear.outputs }

  package init(_ settings: DenseSettings, precision: Precision = .fp32) throws {
    self.settings = settings
    linear = try Linear(settings.linear, precision)
    residual = try settings.residual.map { try Linear(LinearTensors(weight: $0, bias: nil), precision) }
  }

  /// (rows, outputs) of (rows, inputs).
  package func apply(_ input: FloatBuffer) -> FloatBuffer {
    let output = FloatBuffer(rows: 0, columns: 0)
    var added: FloatBuffer? = settings.addsInput ? input : nil
    if let residual {
      let projected = FloatBuffer(rows: 0, columns: 0)
      residual.apply(input, into: projected)
      added = projected
    }
    linear.apply(input, into: output, activation: settings.activation, residual: added)
    return output
  }
}
