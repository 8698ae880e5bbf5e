import Inference
import Kernels
import Testing

/// PyTorch computes the expected numbers in fp64 (`Golden/make.py`).
@Suite struct ForwardPassTests {
  static let models = [
    "bert-masked", "bert-gamma", "bert-untied", "bert-bare", "distilbert-masked", "distilbert-bare", "tildev2",
    "unicoil",
    "colbert", "deepimpact", "sentence",
  ]

  @Test(arguments: models) func statesEqualPyTorch(_ name: String) throws {
    let golden = try Golden(name)
    let model = try Transformer(try ModelFolder(golden.path), precision: .fp32)
    let states = try model.states(golden.batch)
    #expect(states.offsets == golden.batch.offsets)
    #expect(distance(states.values, try golden.expected("states")) < 1e-5)
  }

  @Test(arguments: models) func neighboursChangeNothing(_ name: String) throws {
    let golden = try Golden(name)
    let batch = golden.batch
    for precision in Precision.allCases {
      let model = try Transformer(try ModelFolder(golden.path), precision: precision)
      let together = try model.states(batch).values
      for index in (0..<batch.count).reversed() {
        let range = batch.offsets[index]..<batch.offsets[index + 1]
        let alone = try model.states(TokenBatch([Array(batch.tokens[range])]))
        let own = Array(together[range.lowerBound * model.width..<range.upperBound * model.width])
        #expect(distance(alone.values, own) <= 1e-6)
      }
    }
  }

  @Test(arguments: models) func shortNumbersStayClose(_ name: String) throws {
    let golden = try Golden(name)
    let expected = try golden.expected("states")
    for (precision, bound) in [(Precision.bf16, 0.9995), (.int8, 0.996)] {
      let states = try Transformer(try ModelFolder(golden.path), precision: precision).states(golden.batch)
      let found = cosine(states.values, expected)
      #expect(found > bound, "\(precision): cosine \(found)")
    }
  }

  @Test func manyBlocksEqualOne() throws {
    let golden = try Golden("bert-masked")
    let model = try Transformer(try ModelFolder(golden.path), precision: .fp32)
    let sequences = (0..<golden.batch.count).map {
      Array(golden.batch.tokens[golden.batch.offsets[$0]..<golden.batch.offsets[$0 + 1]])
    }
    let once = try model.states(golden.batch).values
    let often = try model.states(TokenBatch((0..<40).flatMap { _ in sequences })).values
    for repetition in 0..<40 {
      #expect(Array(often[repetition * once.count..<(repetition + 1) * once.count]) == once)
    }
  }

  @Test(arguments: models, Precision.allCases)
  func firstTokensAloneHaveTheBitsThatTheyHaveAmongAll(_ name: String, _ precision: Precision) throws {
    let golden = try Golden(name)
    let model = try Transformer(try ModelFolder(golden.path), precision: precision)
    // Several blocks, and sequences without a token.
    var batch = TokenBatch()
    for repetition in 0..<40 {
      for index in 0..<golden.batch.count {
        batch.append(golden.batch.tokens[golden.batch.offsets[index]..<golden.batch.offsets[index + 1]])
      }
      if repetition % 7 == 0 { batch.append([]) }
    }
    let all = try model.states(batch)
    let first = try model.states(batch, of: .first)
    #expect(first.count == batch.count)
    for index in 0..<batch.count {
      let rows = first.offsets[index]..<first.offsets[index + 1]
      let isEmpty = batch.offsets[index] == batch.offsets[index + 1]
      #expect(rows.count == (isEmpty ? 0 : 1))
      if !isEmpty { #expect(first.buffer.values(rows) == all.buffer.row(batch.offsets[index])) }
    }
  }

  @Test func emptySequencesHaveNoStates() throws {
    let golden = try Golden("bert-masked")
    let model = try Transformer(try ModelFolder(golden.path), precision: .fp32)
    #expect(try model.states(TokenBatch()).values.isEmpty)
    let states = try model.states(TokenBatch([[], [5, 6], []]))
    #expect(states.offsets == [0, 0, 2, 2])
    #expect(states.values == (try model.states(TokenBatch([[5, 6]])).values))
  }

  @Test func anyNumberOfThreads() async throws {
    let golden = try Golden("bert-gamma")
    let model = try Transformer(try ModelFolder(golden.path), precision: .fp32)
    let batch = golden.batch
    let once = try model.states(batch).values
    try await withThrowingTaskGroup(of: [Float].self) { group in
      for _ in 0..<8 { group.addTask { try model.states(batch).values } }
      for try await values in group { #expect(values == once) }
    }
  }

  @Test func wrongTokensAndLengthsAreErrors() throws {
    let golden = try Golden("bert-masked")
    let model = try Transformer(try ModelFolder(golden.path), precision: .fp32)
    #expect(throws: ModelError.self) { try model.states(TokenBatch([[1, 131]])) }
    #expect(throws: ModelError.self) { try model.states(TokenBatch([[-1]])) }
    #expect(throws: ModelError.self) { try model.states(TokenBatch([[Int32](repeating: 1, count: 42)])) }
    #expect(model.maximumLength == 41)
    #expect(model.vocabularySize == 131)
  }
}
