internal import CKernels

/// Conversion between fp32 and the short types; rounding is half-to-even, overflow becomes infinity, NaN stays NaN.
package enum HalfFloats {
  /// The first `count` elements of `bytes` as floats.
  package static func floats(
    _ bytes: ByteView, element: TensorView.Element, count: Int, _ set: InstructionSet = .best
  ) -> [Float] {
    precondition(count >= 0 && count <= bytes.count / element.bytes)
    return unsafe [Float](unsafeUninitializedCapacity: count) { target, initialized in
      // The view has the bytes that are read; `count` floats are written.
      unsafe bytes.withUnsafeBytes { source in
        unsafe set.functions.to_f32(source.baseAddress, element.rawValue, count, target.baseAddress)
      }
      initialized = count
    }
  }

  /// Appends `values` as elements; int8 saturates at -128 and 127.
  package static func append(
    _ values: [Float], as element: TensorView.Element, to output: inout [UInt8], _ set: InstructionSet = .best
  ) {
    let start = output.count
    output.append(contentsOf: repeatElement(0, count: values.count * element.bytes))
    unsafe output.withUnsafeMutableBytes { target in
      unsafe values.withUnsafeBufferPointer { source in
        // `values.count` elements were appended behind `start`.
        if let base = target.baseAddress {
          unsafe set.functions.from_f32(source.baseAddress, source.count, element.rawValue, base + start)
        }
      }
    }
  }

  /// Each value rounded to bf16.
  package static func bf16(_ values: [Float], _ set: InstructionSet = .best) -> [UInt16] {
    words(values, .bf16, set)
  }

  /// Each value rounded to fp16.
  package static func fp16(_ values: [Float], _ set: InstructionSet = .best) -> [UInt16] {
    words(values, .fp16, set)
  }

  private static func words(_ values: [Float], _ element: TensorView.Element, _ set: InstructionSet) -> [UInt16] {
    unsafe [UInt16](unsafeUninitializedCapacity: values.count) { target, initialized in
      unsafe values.withUnsafeBufferPointer { source in
        // As many words are written as values are read.
        unsafe set.functions.from_f32(source.baseAddress, source.count, element.rawValue, target.baseAddress)
      }
      initialized = values.count
    }
  }
}
