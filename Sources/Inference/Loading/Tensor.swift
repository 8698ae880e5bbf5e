internal import Kernels

/// The number formats of safetensors: name and bytes a value.
package enum TensorFormat: String, Sendable, CaseIterable {
  case f64 = "F64", f32 = "F32", f16 = "F16", bf16 = "BF16"
  case i64 = "I64", i32 = "I32", i16 = "I16", i8 = "I8"
  case u64 = "U64", u32 = "U32", u16 = "U16", u8 = "U8", bool = "BOOL"
  case f8e5m2 = "F8_E5M2", f8e4m3 = "F8_E4M3"

  var size: Int {
    switch self {
    case .f64, .i64, .u64: 8
    case .f32, .i32, .u32: 4
    case .f16, .bf16, .i16, .u16: 2
    case .i8, .u8, .bool, .f8e5m2, .f8e4m3: 1
    }
  }

  /// Whether weights in this format can be computed with.
  var isWeight: Bool { self == .f32 || self == .f16 || self == .bf16 }
}

/// One tensor of a file: its values stay in the mapped file until they are asked for.
package struct Tensor: Sendable {
  package let name: String
  package let format: TensorFormat
  package let shape: [Int]
  let bytes: ByteView
  /// The file it is in, for messages.
  let file: String

  package var count: Int { shape.reduce(1, *) }

  /// The values as rows of the last dimension, where they are.
  func view() throws -> TensorView {
    let columns = shape.last ?? 1
    return try TensorView(bytes, element: try element(), rows: columns == 0 ? 0 : count / columns, columns: columns)
  }

  private func element() throws -> TensorView.Element {
    switch format {
    case .f32: return .fp32
    case .f16: return .fp16
    case .bf16: return .bf16
    default:
      throw ModelError(
        .unavailable, file, "the tensor \(name) is \(format.rawValue); weights must be F32, F16 or BF16")
    }
  }

  /// All values in fp32, in C order.
  ///
  /// - Throws: `ModelError` (65) if one is not finite.
  package func floats() throws -> [Float] {
    try checkFinite()
    return try view().floats
  }
}

extension Tensor {
  /// - Throws: `ModelError` (65) if a value is infinite or no number. Reads all of it, some rows at a time.
  func checkFinite() throws {
    let table = try view()
    let step = max(1, 65_536 / max(table.columns, 1))
    for start in stride(from: 0, to: table.rows, by: step) {
      let values = table.floats(rows: start..<min(start + step, table.rows))
      // Zero times a finite number is zero; times anything else it is not.
      guard values.reduce(0, { $0 + $1 * 0 }) == 0 else {
        throw ModelError(.damaged, file, "the tensor \(name) holds a value that is infinite or no number")
      }
    }
  }
}
