internal import Kernels

/// The numbers a model computes with. Sums are kept in fp32 (int8: in int32, then fp32) whatever it says.
package enum Precision: String, Codable, Sendable, CaseIterable {
  case fp32
  /// Weights and inputs of matrix products rounded to bfloat16, attention's too where the processor multiplies them.
  case bf16
  /// Weights per output channel and inputs per token rounded to 8 bits; attention as with `bf16`.
  case int8

  var kernel: MatrixPrecision {
    switch self {
    case .fp32: .fp32
    case .bf16: .bf16
    case .int8: .int8
    }
  }

  /// What its numbers depend on beside the model: the instruction set of this processor, as far as it counts.
  package var instructions: String { InstructionSet.best.arithmetic(kernel) }
}
