internal import Foundation

extension SparseMethod {
  /// norm(activation(x)) * scale: increasing in `x`, so that the maximum may be taken before it.
  func weight(_ value: Float) -> Float {
    let active: Float =
      switch activation {
      case .relu: max(0, value)
      // As PyTorch has it: linear above 20.
      case .softplus: value > 20 ? value : log1p(exp(value))
      case .identity: value
      }
    let normed: Float =
      switch norm {
      case .identity: active
      case .log1p: log1p(active)
      case .log1pTwice: log1p(log1p(active))
      }
    return scale == 1 ? normed : normed * Float(scale)
  }

  /// EPIC's importance of a position.
  static func importance(_ value: Float) -> Float { log1p(value > 20 ? value : log1p(exp(value))) }

  /// EPIC's quality of a passage.
  static func quality(_ value: Float) -> Float { 1 / (1 + exp(-value)) }
}
