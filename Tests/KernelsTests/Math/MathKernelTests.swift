import Kernels
import Testing

/// Every instruction set of this processor against the portable functions, and those against definitions.
@Suite struct MathKernelTests {
  static let sets = InstructionSet.supported

  /// Numbers that are the same in every run.
  struct Numbers {
    var state: UInt64 = 88_172_645_463_325_252
    mutating func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
    mutating func floats(_ count: Int) -> [Float] {
      (0..<count).map { _ in Float(next() >> 40) / 8_388_608 - 1 }
    }
  }

  static func difference(_ left: [Float], _ right: [Float]) -> Float {
    zip(left, right).reduce(left.count == right.count ? 0 : .infinity) { max($0, abs($1.0 - $1.1)) }
  }

  @Test func theFirstInstructionSetIsPortableAndNamesRoundTrip() {
    #expect(Self.sets.first == .portable)
    for set in InstructionSet.allCases { #expect(InstructionSet(name: set.name) == set) }
    #expect(InstructionSet(name: "sse9") == nil)
    #expect(InstructionSet.best.isSupported)
  }

  @Test(arguments: sets, MatrixPrecision.allCases)
  func productsEqualThePortableOnesAtOddShapes(set: InstructionSet, precision: MatrixPrecision) {
    var numbers = Numbers()
    for (rows, outputs, inputs) in [
      (1, 1, 1), (2, 17, 3), (5, 33, 31), (6, 16, 64), (7, 65, 129), (13, 100, 77), (64, 48, 96), (130, 35, 384),
    ] {
      let weights = numbers.floats(outputs * inputs)
      let bias = numbers.floats(outputs)
      let input = FloatBuffer(numbers.floats(rows * inputs), columns: inputs)
      let norm = LayerNorm(gamma: numbers.floats(outputs), beta: numbers.floats(outputs), epsilon: 1e-5)
      let residual = FloatBuffer(numbers.floats(rows * outputs), columns: outputs)
      let matrix = PackedMatrix(
        weights: weights, outputs: outputs, inputs: inputs, precision: precision, instructionSet: set)
      let oracle = PackedMatrix(
        weights: weights, outputs: outputs, inputs: inputs, precision: precision, instructionSet: .portable,
        roundedFor: set)
      let ours = FloatBuffer(rows: 0, columns: 0)
      let theirs = FloatBuffer(rows: 0, columns: 0)
      for activation in [Activation.none, .relu, .gelu] {
        matrix.multiply(input, into: ours, bias: bias, activation: activation)
        oracle.multiply(input, into: theirs, bias: bias, activation: activation)
        #expect(Self.difference(ours.values, theirs.values) < 2e-5, "\(rows)x\(outputs)x\(inputs)")
        let last = FloatBuffer(input.row(rows - 1), columns: inputs)
        let alone = FloatBuffer(rows: 0, columns: 0)
        matrix.multiply(last, into: alone, bias: bias, activation: activation)
        #expect(alone.values == ours.row(rows - 1), "a row depends on its neighbours")
      }
      guard outputs > 8 else { continue }
      matrix.multiply(input, into: ours, bias: bias, residual: residual, norm: norm)
      oracle.multiply(input, into: theirs, bias: bias, residual: residual, norm: norm)
      #expect(Self.difference(ours.values, theirs.values) < 2e-4)
    }
  }

  @Test(arguments: sets) func productsAreThoseOfTheDefinition(set: InstructionSet) {
    var numbers = Numbers()
    let (rows, outputs, inputs) = (9, 21, 50)
    let weights = numbers.floats(outputs * inputs)
    let values = numbers.floats(rows * inputs)
    let bounds: [MatrixPrecision: Float] = [.fp32: 1e-5, .bf16: 0.06, .int8: 0.08]
    for (precision, bound) in bounds {
      let matrix = PackedMatrix(
        [
          TensorView(Array(weights[..<(5 * inputs)]), columns: inputs),
          TensorView(Array(weights[(5 * inputs)...]), columns: inputs),
        ],
        precision: precision, instructionSet: set)
      let output = FloatBuffer(rows: 0, columns: 0)
      matrix.multiply(FloatBuffer(values, columns: inputs), into: output)
      for row in 0..<rows {
        for column in 0..<outputs {
          let sum = (0..<inputs).reduce(0.0) {
            $0 + Double(values[row * inputs + $1]) * Double(weights[column * inputs + $1])
          }
          #expect(abs(output[row, column] - Float(sum)) < bound)
        }
      }
    }
  }

  /// The largest inputs and weights: pairs of 255 * 127 would saturate 16 bits.
  @Test(arguments: sets) func eightBitSumsDoNotSaturate(set: InstructionSet) {
    let inputs = 512
    let matrix = PackedMatrix(
      weights: [Float](repeating: 127, count: inputs) + [Float](repeating: -127, count: inputs), outputs: 2,
      inputs: inputs, precision: .int8, instructionSet: set)
    let output = FloatBuffer(rows: 0, columns: 0)
    matrix.multiply(FloatBuffer([Float](repeating: 255, count: inputs), columns: inputs), into: output)
    #expect(output.values == [Float(255 * 127 * inputs), Float(-255 * 127 * inputs)])
  }

  @Test(arguments: sets, MatrixPrecision.allCases)
  func thePooledHeadIsTheProductThenPooled(set: InstructionSet, precision: MatrixPrecision) {
    var numbers = Numbers()
    let (inputs, vocabulary) = (40, 77)
    let offsets = [0, 3, 3, 100, 101, 131, 380]
    let input = FloatBuffer(numbers.floats(380 * inputs), columns: inputs)
    let bias = numbers.floats(vocabulary)
    let scales = numbers.floats(380).map { abs($0) }
    let counted = (0..<380).map { UInt8($0 % 3 == 0 || ($0 >= 101 && $0 < 131) ? 0 : 1) }
    let matrix = PackedMatrix(
      weights: numbers.floats(vocabulary * inputs), outputs: vocabulary, inputs: inputs, precision: precision,
      instructionSet: set)
    let math = VectorMath(set)
    for pooling in [Pooling.maximum, .sum, .first] {
      for withScales in [false, true] {
        for activation in [Activation.log1pRelu, .none, .gelu] {
          let pooled = FloatBuffer(rows: 0, columns: 0)
          matrix.pooledProduct(
            input, offsets: offsets, into: pooled, bias: bias, activation: activation, pooling: pooling,
            scales: withScales ? scales : nil, counted: counted)
          let logits = FloatBuffer(rows: 0, columns: 0)
          matrix.multiply(input, into: logits, bias: bias)
          if withScales {
            for row in 0..<logits.rows { for column in 0..<vocabulary { logits[row, column] *= scales[row] } }
          }
          math.activate(logits, activation)
          let expected = FloatBuffer(rows: 0, columns: 0)
          // The first token counts or not; a later one does not stand in for it.
          let firstOnly = counted.indices.map { pooling == .first && !offsets.contains($0) ? 0 : counted[$0] }
          math.pool(logits, offsets: offsets, pooling == .first ? .sum : pooling, counted: firstOnly, into: expected)
          #expect(Self.difference(pooled.values, expected.values) < 1e-4, "\(pooling) \(activation)")
          #expect(pooled.row(1).allSatisfy { $0 == 0 } && pooled.row(4).allSatisfy { $0 == 0 })
        }
      }
    }
  }

  /// Blocks of zeros are found, the fastest kind is chosen by itself, and results are the dense ones bit for bit.
  @Test(arguments: sets, [WeightBlocks.panel, .oneByFour, .fourByOne])
  func blocksOfZerosAreLeftOut(set: InstructionSet, kind: WeightBlocks) {
    var numbers = Numbers()
    let (rows, outputs, inputs) = (150, 96, 129)
    let (high, wide) = kind == .panel ? (32, 4) : kind == .oneByFour ? (1, 4) : (4, 1)
    var weights = numbers.floats(outputs * inputs)
    for output in 0..<outputs {
      for input in 0..<inputs where (output / high &* 31 &+ input / wide &* 17) % 7 != 0 {
        weights[output * inputs + input] = 0
      }
    }
    let input = FloatBuffer(numbers.floats(rows * inputs), columns: inputs)
    let dense = PackedMatrix(
      weights: weights, outputs: outputs, inputs: inputs, precision: .int8, instructionSet: set,
      blocks: WeightBlocks.none)
    let chosen = PackedMatrix(
      weights: weights, outputs: outputs, inputs: inputs, precision: .int8, instructionSet: set)
    #expect(dense.blocks == .none && chosen.blocks == (set == .portable ? .none : kind))
    #expect(abs(chosen.density(kind) - 1.0 / 7) < 0.06 || set == .portable)
    let expected = FloatBuffer(rows: 0, columns: 0)
    let output = FloatBuffer(rows: 0, columns: 0)
    dense.multiply(input, into: expected, activation: .gelu)
    chosen.multiply(input, into: output, activation: .gelu)
    #expect(output.values == expected.values)
    for forced in WeightBlocks.allCases {
      let matrix = PackedMatrix(
        weights: weights, outputs: outputs, inputs: inputs, precision: .int8, instructionSet: set, blocks: forced)
      matrix.multiply(input, into: output, activation: .gelu)
      #expect(output.values == expected.values, "\(forced)")
    }
  }

  /// What a pruned checkpoint has besides: blocks of 16 outputs and 4 inputs, whole neurons (outputs), whole heads (the
  /// inputs of the layer behind attention). Their zeros are left out too, with the dense results.
  @Test(arguments: sets, ["16x4", "neurons", "heads"])
  func largeZerosAreLeftOut(set: InstructionSet, kind: String) {
    var numbers = Numbers()
    let (rows, outputs, inputs) = (150, 128, 128)
    var weights = numbers.floats(outputs * inputs)
    for output in 0..<outputs {
      for input in 0..<inputs {
        let block = ["16x4": output / 16 * 5 + input / 4 * 3, "neurons": output &* 7, "heads": input / 16][kind] ?? 0
        if block % 4 != 0 { weights[output * inputs + input] = 0 }
      }
    }
    let input = FloatBuffer(numbers.floats(rows * inputs), columns: inputs)
    let dense = PackedMatrix(
      weights: weights, outputs: outputs, inputs: inputs, precision: .int8, instructionSet: set,
      blocks: WeightBlocks.none)
    let chosen = PackedMatrix(
      weights: weights, outputs: outputs, inputs: inputs, precision: .int8, instructionSet: set)
    #expect((chosen.blocks != .none) == (set != .portable))
    let expected = FloatBuffer(rows: 0, columns: 0)
    let output = FloatBuffer(rows: 0, columns: 0)
    dense.multiply(input, into: expected)
    chosen.multiply(input, into: output)
    #expect(output.values == expected.values)
  }

  @Test(arguments: sets) func attentionEqualsThePortableOneAndIgnoresNeighbours(set: InstructionSet) {
    var numbers = Numbers()
    for (heads, width) in [(1, 4), (3, 20), (2, 32), (1, 70)] {
      let hidden = heads * width
      let offsets = [0, 1, 3, 3, 20, 117, 250]
      let projected = FloatBuffer(numbers.floats(250 * 3 * hidden).map { 2 * $0 }, columns: 3 * hidden)
      let ours = FloatBuffer(rows: 0, columns: 0)
      let theirs = FloatBuffer(rows: 0, columns: 0)
      VectorMath(set).attention(projected, offsets: offsets, heads: heads, into: ours)
      VectorMath(.portable).attention(projected, offsets: offsets, heads: heads, into: theirs)
      #expect(Self.difference(ours.values, theirs.values) < 1e-5)
      #expect(Self.difference(ours.row(0), Array(projected.row(0)[(2 * hidden)...])) < 1e-6, "one token is itself")
      let alone = FloatBuffer(projected.values(20..<117), columns: 3 * hidden)
      let result = FloatBuffer(rows: 0, columns: 0)
      VectorMath(set).attention(alone, offsets: [0, 97], heads: heads, into: result)
      #expect(result.values == ours.values(20..<117))
    }
  }

  /// With bf16 products, where there are any: within bf16's rounding of the exact result, and neighbours still do not matter.
  @Test(arguments: sets, [MatrixPrecision.bf16, .int8])
  func roundedAttentionIsNearTheExactOne(set: InstructionSet, precision: MatrixPrecision) {
    var numbers = Numbers()
    for (heads, width) in [(2, 32), (1, 64), (3, 20), (1, 96)] {
      let hidden = heads * width
      let offsets = [0, 1, 3, 3, 20, 117, 250, 282, 299]
      let projected = FloatBuffer(numbers.floats(299 * 3 * hidden).map { 2 * $0 }, columns: 3 * hidden)
      let ours = FloatBuffer(rows: 0, columns: 0)
      let exact = FloatBuffer(rows: 0, columns: 0)
      VectorMath(set).attention(projected, offsets: offsets, heads: heads, into: ours, precision: precision)
      VectorMath(.portable).attention(projected, offsets: offsets, heads: heads, into: exact)
      #expect(Self.difference(ours.values, exact.values) < 0.02)
      let alone = FloatBuffer(projected.values(20..<117), columns: 3 * hidden)
      let result = FloatBuffer(rows: 0, columns: 0)
      VectorMath(set).attention(alone, offsets: [0, 97], heads: heads, into: result, precision: precision)
      #expect(result.values == ours.values(20..<117))
    }
  }

  /// GELU of rounded matrices is a polynomial: an identity matrix in bf16, with inputs that bf16 holds, shows it alone.
  @Test(arguments: sets) func geluOfRoundedMatricesIsNearTheDefinition(set: InstructionSet) {
    // A whole panel and a narrow one.
    let inputs = 40
    let identity = (0..<inputs * inputs).map { Float($0 / inputs == $0 % inputs ? 1 : 0) }
    let matrix = PackedMatrix(
      weights: identity, outputs: inputs, inputs: inputs, precision: .bf16, instructionSet: set)
    let values = (0..<inputs * 12).map { Float($0 - inputs * 6) / 32 }
    let output = FloatBuffer(rows: 0, columns: 0)
    matrix.multiply(FloatBuffer(values, columns: inputs), into: output, activation: .gelu)
    let exact = FloatBuffer(values, columns: inputs)
    VectorMath(.portable).activate(exact, .gelu)
    #expect(Self.difference(output.values, exact.values) < 1e-4)
  }

  @Test(arguments: sets) func activationsHaveTheirKnownValues(set: InstructionSet) {
    let inputs: [Float] = [-100, -3, -1, -0.01, 0, 0.01, 0.5, 1, 3, 100]
    let expected: [Activation: [Float]] = [
      .relu: [0, 0, 0, 0, 0, 0.01, 0.5, 1, 3, 100],
      .gelu: [0, -0.0040496, -0.1586553, -0.0049601, 0, 0.0050399, 0.3457312, 0.8413447, 2.9959507, 100],
      .tanh: [-1, -0.9950548, -0.7615942, -0.0099997, 0, 0.0099997, 0.4621172, 0.7615942, 0.9950548, 1],
      .sigmoid: [0, 0.0474259, 0.2689414, 0.4975, 0.5, 0.5025, 0.6224593, 0.7310586, 0.9525741, 1],
      .log1pRelu: [0, 0, 0, 0, 0, 0.0099503, 0.4054651, 0.6931472, 1.3862944, 4.6151205],
    ]
    for (activation, values) in expected {
      let buffer = FloatBuffer(inputs, columns: inputs.count)
      VectorMath(set).activate(buffer, activation)
      #expect(Self.difference(buffer.values, values) < 2e-6, "\(activation)")
    }
  }

  @Test(arguments: sets) func dotProductsOfEveryStoredTypeAgree(set: InstructionSet) throws {
    var numbers = Numbers()
    for width in [1, 7, 32, 100, 384] {
      let query = numbers.floats(width)
      let rows = numbers.floats(11 * width)
      let expected = (0..<11).map { row in (0..<width).reduce(0) { $0 + query[$1] * rows[row * width + $1] } }
      var output = [Float](repeating: 0, count: 11)
      DotProducts.dot(query, TensorView(rows, columns: width), into: &output, set)
      #expect(Self.difference(output, expected) < 2e-5)
      DotProducts.dot(query, rows: rows, into: &output, set)
      #expect(Self.difference(output, expected) < 2e-5)
      DotProducts.squaredDistances(query, rows: rows, into: &output, set)
      for row in 0..<11 {
        let sum = (0..<width).reduce(0) {
          $0 + (query[$1] - rows[row * width + $1]) * (query[$1] - rows[row * width + $1])
        }
        #expect(abs(output[row] - sum) < 1e-4)
      }
      var halves: [UInt8] = []
      HalfFloats.append(rows, as: .fp16, to: &halves, set)
      let table = try TensorView(ByteView(halves), element: .fp16, rows: 11, columns: width)
      DotProducts.dot(query, table, into: &output, set)
      #expect(Self.difference(output, expected) < 0.02)
      let small = (0..<width).map { Int8(truncatingIfNeeded: $0 &* 37) }
      let bytes = (0..<11 * width).map { UInt8(truncatingIfNeeded: $0 &* 101) }
      var sums = [Int32](repeating: 0, count: 11)
      DotProducts.dotInt8(
        small, try TensorView(ByteView(bytes), element: .int8, rows: 11, columns: width), into: &sums, set)
      for row in 0..<11 {
        let sum = (0..<width).reduce(Int32(0)) {
          $0 + Int32(small[$1]) * Int32(Int8(bitPattern: bytes[row * width + $1]))
        }
        #expect(sums[row] == sum)
      }
    }
  }

  @Test(arguments: sets) func halvesConvertWithHalfToEven(set: InstructionSet) {
    let values: [Float] = [0, -0.0, 1, 65504, 65519, 65520, 1e-8, 5.97e-8, 1.0009765, 1.00048828125, .infinity, -2.5]
    #expect(
      HalfFloats.fp16(values, set)
        == [0, 0x8000, 0x3c00, 0x7bff, 0x7bff, 0x7c00, 0, 1, 0x3c01, 0x3c00, 0x7c00, 0xc100])
    #expect(HalfFloats.bf16([1, 1.00390625, 1.01171875, -.infinity], set) == [0x3f80, 0x3f80, 0x3f82, 0xff80])
  }

  @Test(arguments: sets) func embeddingsAreSummedAndNormalized(set: InstructionSet) {
    let words = TensorView([1, 2, 3, 4, 5, 6], columns: 2)
    let positions = TensorView([10, 20, 30, 40, 50, 60], columns: 2)
    let types = TensorView([100, 200, 300, 400], columns: 2)
    let output = FloatBuffer(rows: 0, columns: 0)
    VectorMath(set).embed(
      [2, 0, 1], offsets: [0, 2, 3], words: words, positions: positions, types: types, typeIDs: [0, 1, 0],
      firstPosition: 1, norm: nil, into: output)
    // Word + position + type.
    let sums: [Float] = [135, 246, 351, 462, 133, 244]
    #expect(output.values == sums)
    VectorMath(set).layerNorm(output, LayerNorm(gamma: [1, 2], beta: [0, 1], epsilon: 0), into: output)
    #expect(Self.difference(output.values, [-1, 3, -1, 3, -1, 3]) < 1e-5)
    VectorMath(set).normalize(output)
    #expect(Self.difference(output.row(0), [-0.3162278, 0.9486833]) < 1e-6)
  }
}
