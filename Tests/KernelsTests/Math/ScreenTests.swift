import Kernels
import Testing

/// The screened vocabulary head against the product: the same bits.
@Suite struct ScreenTests {
  /// A vocabulary is screened in few bits where its activation makes zero of what is below: that may change no bit, whether
  /// few logits are above zero, or so many that the screen is given up, or none.
  @Test(arguments: MathKernelTests.sets, [Float(-6), 0, -100])
  func screenedLogitsAreTheProductsBitForBit(set: InstructionSet, shift: Float) {
    var numbers = MathKernelTests.Numbers()
    let (inputs, vocabulary) = (50, 4100)
    let offsets = [0, 3, 3, 90, 91, 101]
    let input = FloatBuffer(numbers.floats(101 * inputs), columns: inputs)
    let bias = numbers.floats(vocabulary).map { $0 + shift }
    let counted = (0..<101).map { UInt8($0 % 5 == 0 ? 0 : 1) }
    let matrix = PackedMatrix(
      weights: numbers.floats(vocabulary * inputs), outputs: vocabulary, inputs: inputs, precision: .fp32,
      instructionSet: set)
    let math = VectorMath(set)
    for activation in [Activation.relu, .log1pRelu] {
      let pooled = FloatBuffer(rows: 0, columns: 0)
      matrix.pooledProduct(
        input, offsets: offsets, into: pooled, bias: bias, activation: activation, pooling: .maximum, counted: counted)
      let logits = FloatBuffer(rows: 0, columns: 0)
      matrix.multiply(input, into: logits, bias: bias)
      math.activate(logits, activation)
      let expected = FloatBuffer(rows: 0, columns: 0)
      math.pool(logits, offsets: offsets, .maximum, counted: counted, into: expected)
      #expect(pooled.values == expected.values, "\(activation)")
    }
  }

  /// What a screened head has to give: the products, their activation, their maxima.
  static func expectScreened(
    _ matrix: PackedMatrix, _ input: FloatBuffer, offsets: [Int], bias: [Float], counted: [UInt8]? = nil,
    atLeast positives: Int = 0, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let math = VectorMath(matrix.instructionSet)
    let pooled = FloatBuffer(rows: 0, columns: 0)
    matrix.pooledProduct(
      input, offsets: offsets, into: pooled, bias: bias, activation: .relu, pooling: .maximum, counted: counted)
    let logits = FloatBuffer(rows: 0, columns: 0)
    matrix.multiply(input, into: logits, bias: bias)
    math.activate(logits, .relu)
    let expected = FloatBuffer(rows: 0, columns: 0)
    math.pool(logits, offsets: offsets, .maximum, counted: counted, into: expected)
    #expect(pooled.values == expected.values, comment, sourceLocation: sourceLocation)
    #expect(expected.values.count { $0 > 0 } >= positives, comment, sourceLocation: sourceLocation)
  }

  /// Rows and weights that are no numbers, or so large that sums overflow, or so small that they lose bits, beside
  /// ordinary ones, at widths that fill no vector and no group.
  @Test(arguments: MathKernelTests.sets, [1, 3, 31, 64, 77, 130])
  func screenedLogitsOfHostileValuesAreTheProducts(set: InstructionSet, inputs: Int) {
    var numbers = MathKernelTests.Numbers()
    let vocabulary = 4111
    let hostile: [Float] = [
      .nan, .infinity, -.infinity, 3e38, -3e38, 1e20, -1e20, 2e19, 1e18, 1e12, 1e-12, 1e-20, -1e-30, 1e-38, -1e-45, 0,
    ]
    var rows: [Float] = []
    for value in hostile {
      rows += [Float](repeating: value, count: inputs)
      var one = numbers.floats(inputs)
      one[inputs / 2] = value
      rows += one
      rows += numbers.floats(inputs).map { $0 * value }
      rows += numbers.floats(inputs).map { -abs($0) }
    }
    let tokens = rows.count / inputs
    // From term 3072 on ordinary ones. Before, one a panel, among zeros: no neighbour makes a tile count.
    let terms = (0..<hostile.count).map { 193 * $0 }
    let kinds = Set(terms.flatMap { [$0, $0 + 32, $0 + 64, $0 + 96, $0 + 160] })
    var weights = (0..<vocabulary).flatMap { term in
      term >= 3072 || kinds.contains(term) ? numbers.floats(inputs) : [Float](repeating: 0, count: inputs)
    }
    var bias = numbers.floats(vocabulary).map { $0 - 1 - Float(inputs) / 4 }
    for (term, value) in zip(terms, hostile) {
      for input in 0..<inputs {
        weights[term * inputs + input] *= value
        weights[(term + 32) * inputs + input] = value
        weights[(term + 64) * inputs + input] *= input % 2 == 0 ? value : 1
      }
      bias[term + 96] = value
      // Among weights of zero, the bias is all there is.
      bias[term + 128] = -value
      bias[term + 160] = -value
    }
    for term in [4096, vocabulary - 1] { bias[term] = 1e-45 }
    let matrix = PackedMatrix(
      weights: weights, outputs: vocabulary, inputs: inputs, precision: .fp32, instructionSet: set)
    let input = FloatBuffer(rows, columns: inputs)
    let counted = (0..<tokens).map { UInt8($0 % 7 == 0 ? 0 : 1) }
    Self.expectScreened(matrix, input, offsets: Array(0...tokens), bias: bias, "each alone")
    Self.expectScreened(matrix, input, offsets: [0, 5, 5, 30, tokens], bias: bias, counted: counted, "pooled")
    for row in 0..<tokens {
      let alone = FloatBuffer(input.row(row), columns: inputs)
      Self.expectScreened(matrix, alone, offsets: [0, 1], bias: bias, "\(row)")
    }
  }

  /// Logits that are just above zero where the screen sees less: what rounding takes from the inputs points along the
  /// weights, or what it takes from the weights along the inputs, so that the bound is not larger than it must be.
  @Test(arguments: MathKernelTests.sets, [Float(127), 31])
  func screenedLogitsJustAboveZeroAreFound(set: InstructionSet, levels: Float) {
    var numbers = MathKernelTests.Numbers()
    let inputs = 96
    // Zeros behind make lengths differ within a tile.
    let signs = (0..<120).map { row in
      numbers.floats(inputs).enumerated().map { $0 >= inputs - row % 5 * 16 ? 0 : Float($1 < 0 ? -1 : 1) }
    }
    // Nearly half a step beside a step; the first is the largest, and makes the scale.
    let beside = signs.map { signs in
      let steps = numbers.floats(inputs).map { ($0 * (levels - 2)).rounded() }
      return [1] + (1..<inputs).map { signs[$0] == 0 ? 0 : (steps[$0] + 0.499 * signs[$0]) / levels }
    }
    Self.expectJustAboveZero(beside, weights: signs, set)
    Self.expectJustAboveZero(signs, weights: beside, set)
  }

  /// Nothing is lost to few bits, all to fp32 sums, which grow beyond its 24 bits.
  @Test(arguments: MathKernelTests.sets, [Float(127), 31])
  func screenedLogitsThatFp32RoundsUpAreFound(set: InstructionSet, levels: Float) {
    var numbers = MathKernelTests.Numbers()
    // A scale of which products with few levels are long, too.
    let scale: Float = levels == 127 ? 1 : 4097
    func steps() -> [Float] {
      [levels] + numbers.floats(2047).map { ((0.75 + abs($0) / 4) * levels).rounded() }
    }
    let rows = (0..<60).map { _ in steps().map { $0 * scale } }
    Self.expectJustAboveZero(rows, weights: rows.map { _ in steps() }, set)
  }

  /// Each row has a term, with these weights, and a bias that makes the logit the smallest above zero.
  static func expectJustAboveZero(
    _ rows: [[Float]], weights rowsOfWeights: [[Float]], _ set: InstructionSet,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let (inputs, vocabulary) = (rows[0].count, 4100)
    // One a panel: no neighbour makes a tile count.
    let terms = rows.indices.map { 32 * $0 + $0 % 32 }
    var weights = [Float](repeating: 0, count: vocabulary * inputs)
    for (term, row) in zip(terms, rowsOfWeights) {
      weights.replaceSubrange(term * inputs..<(term + 1) * inputs, with: row)
    }
    let matrix = PackedMatrix(
      weights: weights, outputs: vocabulary, inputs: inputs, precision: .fp32, instructionSet: set)
    let input = FloatBuffer(rows.flatMap { $0 }, columns: inputs)
    let logits = FloatBuffer(rows: 0, columns: 0)
    matrix.multiply(input, into: logits)
    var bias = [Float](repeating: -1, count: vocabulary)
    for (row, term) in terms.enumerated() { bias[term] = (-logits[row, term]).nextUp }
    expectScreened(
      matrix, input, offsets: Array(0...rows.count), bias: bias, atLeast: rows.count, sourceLocation: sourceLocation)
    for row in rows.indices {
      let alone = FloatBuffer(rows[row], columns: inputs)
      expectScreened(matrix, alone, offsets: [0, 1], bias: bias, atLeast: 1, "\(row)", sourceLocation: sourceLocation)
    }
  }
}
