extension InstructionSet {
  /// Names what a model's numbers depend on: sets with the same name give the same bits.
  ///
  /// Vectors of 16 lanes add up LayerNorm, softmax and pooling in another order than those of 8. With `bf16` and `int8`,
  /// products of bf16 are made where the processor has them; with `int8`, inputs have 7 bits where it has no VNNI. Heads in
  /// fp32 are covered: what counts for `fp32` counts for the others too.
  package func arithmetic(_ precision: MatrixPrecision) -> String {
    switch (self, precision) {
    case (.portable, _): "portable-\(Self.architecture)"
    case (.avx2vnni, .fp32), (.avx2vnni, .bf16): InstructionSet.avx2.name
    case (.avx512vnni, .fp32), (.avx512vnni, .bf16), (.avx512bf16, .fp32): InstructionSet.avx512.name
    default: name
    }
  }

  /// Compilers fuse the products and sums of plain C where all processors of an architecture can.
  private static var architecture: String {
    #if arch(x86_64)
      "x86-64"
    #elseif arch(arm64)
      "arm64"
    #else
      "other"
    #endif
  }
}
