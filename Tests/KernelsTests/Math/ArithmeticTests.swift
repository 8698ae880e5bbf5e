import Kernels
import Testing

@Suite struct ArithmeticTests {
  /// What a layer, its pooling and a vocabulary's head make of the same numbers.
  private func results(_ set: InstructionSet, _ precision: MatrixPrecision) -> [UInt32] {
    var numbers = MathKernelTests.Numbers()
    let (heads, hidden, vocabulary) = (2, 64, 300)
    let offsets = [0, 1, 20, 117]
    let math = VectorMath(set)
    func matrix(_ outputs: Int, _ inputs: Int) -> PackedMatrix {
      PackedMatrix(
        weights: numbers.floats(outputs * inputs).map { $0 / 8 }, outputs: outputs, inputs: inputs,
        precision: precision, instructionSet: set)
    }
    let tokens = FloatBuffer(numbers.floats(117 * hidden), columns: hidden)
    let buffers = (0..<5).map { _ in FloatBuffer(rows: 0, columns: 0) }
    matrix(3 * hidden, hidden).multiply(tokens, into: buffers[0], bias: numbers.floats(3 * hidden))
    math.attention(buffers[0], offsets: offsets, heads: heads, into: buffers[1], precision: precision)
    let norm = LayerNorm(gamma: numbers.floats(hidden), beta: numbers.floats(hidden), epsilon: 1e-5)
    matrix(hidden, hidden).multiply(buffers[1], into: buffers[2], activation: .gelu, residual: tokens, norm: norm)
    math.pool(buffers[2], offsets: offsets, .mean, into: buffers[3])
    matrix(vocabulary, hidden).pooledProduct(
      buffers[2], offsets: offsets, into: buffers[4], bias: numbers.floats(vocabulary), activation: .relu,
      pooling: .maximum)
    return buffers[1...].flatMap { $0.values.map(\.bitPattern) }
  }

  @Test(arguments: MatrixPrecision.allCases) func setsOfOneNameGiveTheSameBits(precision: MatrixPrecision) {
    let sets = Dictionary(grouping: InstructionSet.supported) { $0.arithmetic(precision) }
    for (name, sets) in sets {
      let expected = results(sets[0], precision)
      for set in sets.dropFirst() { #expect(results(set, precision) == expected, "\(set.name) is not \(name)") }
    }
    // A name too many would cost work for nothing.
    #expect(Set(sets.values.map { results($0[0], precision) }).count == sets.count)
  }

  @Test func onlyWhatAPrecisionUsesIsNamed() {
    func names(_ precision: MatrixPrecision) -> [String] {
      InstructionSet.allCases.dropFirst().map { $0.arithmetic(precision) }
    }
    #expect(names(.fp32) == ["avx2", "avx2", "avx512", "avx512", "avx512"])
    #expect(names(.bf16) == ["avx2", "avx2", "avx512", "avx512", "avx512bf16"])
    #expect(names(.int8) == ["avx2", "avx2vnni", "avx512", "avx512vnni", "avx512bf16"])
    #expect(InstructionSet.portable.arithmetic(.fp32).hasPrefix("portable-"))
  }
}
