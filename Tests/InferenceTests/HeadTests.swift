import Foundation
import Inference
import Kernels
import Testing

@Suite struct HeadTests {
  private func load(_ name: String, _ precision: Precision = .fp32) throws -> (Golden, ModelFolder, HiddenStates) {
    let golden = try Golden(name)
    let folder = try ModelFolder(golden.path)
    return (golden, folder, try Transformer(folder, precision: precision).states(golden.batch))
  }

  @Test(arguments: ["bert-masked", "bert-gamma", "bert-untied", "distilbert-masked"])
  func vocabularyHeadEqualsPyTorch(_ name: String) throws {
    let (golden, folder, states) = try load(name)
    let head = try VocabularyHead(folder, precision: .fp32)
    let maximum = head.pooled(states, pooling: .maximum, activation: .log1pRelu)
    #expect(distance(maximum.values, try golden.expected("maximum")) < 1e-5)
    let sum = head.pooled(states, pooling: .sum, activation: .log1pRelu)
    #expect(distance(sum.values, try golden.expected("sum")) < 1e-4)
    let first = head.pooled(states, pooling: .first, activation: .none)
    // Logits, of which the largest are above 10.
    #expect(distance(first.values, try golden.expected("first")) < 3e-5)
    #expect(folder.documents.checkpoint?.isTied == (name != "bert-untied"))
  }

  @Test(arguments: ["bert-masked", "distilbert-masked"]) func vocabularyHeadInShortNumbers(_ name: String) throws {
    for (precision, bound) in [(Precision.bf16, 0.999), (.int8, 0.99)] {
      let (golden, folder, states) = try load(name, precision)
      let head = try VocabularyHead(folder, precision: precision)
      let found = cosine(
        head.pooled(states, pooling: .maximum, activation: .log1pRelu).values, try golden.expected("maximum"))
      #expect(found > bound, "\(precision): cosine \(found)")
    }
  }

  @Test(arguments: Precision.allCases) func firstLogitsAreThoseOfTheTokenAlone(_ precision: Precision) throws {
    let (golden, folder, all) = try load("bert-masked", precision)
    let head = try VocabularyHead(folder, precision: precision)
    let first = try Transformer(folder, precision: precision).states(golden.batch, of: .first)
    let logits = head.pooled(first, pooling: .first, activation: .none)
    #expect(logits.values == head.pooled(all, pooling: .first, activation: .none).values)
    // The maximum over one token goes through the kernel that pools.
    #expect(logits.values == head.pooled(first, pooling: .maximum, activation: .none).values)
    let gaps = HiddenStates(buffer: first.buffer, offsets: [0, 0] + first.offsets.dropFirst() + [first.buffer.rows])
    let zeros = [Float](repeating: 0, count: head.vocabularySize)
    #expect(head.pooled(gaps, pooling: .first, activation: .none).values == zeros + logits.values + zeros)
  }

  @Test func leftOutAndScaledTokens() throws {
    let (_, folder, states) = try load("bert-masked")
    let head = try VocabularyHead(folder, precision: .fp32)
    let tokens = states.buffer.rows
    // Logits of each token: as many sequences of one token.
    let single = HiddenStates(buffer: states.buffer, offsets: Array(0...tokens))
    let logits = head.pooled(single, pooling: .first, activation: .none)
    let counted: [UInt8] = (0..<tokens).map { $0 % 3 == 0 ? 0 : 1 }
    let scales = (0..<tokens).map { Float($0 % 5) / 4 }
    let pooled = head.pooled(states, pooling: .maximum, activation: .none, scales: scales, counted: counted)
    for sequence in 0..<states.count {
      let own = (states.offsets[sequence]..<states.offsets[sequence + 1]).filter { counted[$0] != 0 }
      let expected = (0..<head.vocabularySize).map { term in own.map { logits[$0, term] * scales[$0] }.max() ?? 0 }
      #expect(distance(pooled.row(sequence), expected) < 1e-5)
    }
  }

  @Test(arguments: [
    ("tildev2", LinearHeadName.tokenProjection), ("unicoil", .tokenProjection), ("colbert", .linear),
    ("deepimpact", .impactScoreEncoder),
  ])
  func linearHeadsEqualPyTorch(_ name: String, _ kind: LinearHeadName) throws {
    let (golden, folder, states) = try load(name)
    let head = try LinearHead(try folder.checkpoint, kind)
    let values = head.apply(states, activation: .none)
    #expect(distance(values.values, try golden.expected(kind.rawValue)) < 1e-5)
    #expect(head.outputs == values.columns)
    let clipped = head.apply(states, activation: .relu)
    #expect(clipped.values == values.values.map { max(0, $0) })
  }

  @Test func sentenceTransformersFolder() throws {
    let (golden, folder, states) = try load("sentence")
    #expect(folder.layout == .sentenceTransformers)
    #expect(folder.documents.maximumLength == 24)
    guard case .pooling(let settings) = folder.documents.modules.first else {
      Issue.record("no pooling")
      return
    }
    #expect(settings.modes == PoolingSettings.Mode.allCases)
    let pooled = SentencePooling(settings).apply(states)
    #expect(distance(pooled.values, try golden.expected("pooled")) < 1e-5)
    let head = try SentenceHead(folder.documents, precision: .fp32)
    #expect(head.dimension == 19)
    #expect(distance(head.apply(states).values, try golden.expected("vectors")) < 1e-5)
  }

  @Test func promptsAreLeftOutWhereTheModelSaysSo() throws {
    let (golden, _, states) = try load("sentence")
    let modes: [PoolingSettings.Mode] = [.mean, .meanSquareRoot, .weightedMean, .first, .maximum]
    let pooling = SentencePooling(PoolingSettings(modes: modes, includesPrompt: false))
    let all = pooling.apply(states, promptTokens: 3)
    let long = (0..<states.count).filter { states.offsets[$0 + 1] - states.offsets[$0] > 3 }
    #expect(distance(long.flatMap { all.row($0) }, try golden.expected("without_prompt")) < 1e-5)
    let included = SentencePooling(PoolingSettings(modes: modes)).apply(states, promptTokens: 3)
    #expect(included.values != all.values)
  }

  @Test func inferenceFreeModel() throws {
    let folder = try TemporaryFolder(copying: "router")
    let base = try Golden("distilbert-masked")
    for name in ["config.json", "model.safetensors"] {
      try folder.write(name, try TemporaryFolder(copying: "distilbert-masked").read(name))
    }
    let model = try ModelFolder(folder.path)
    #expect(model.layout == .router)
    #expect(model.queries.checkpoint == nil)
    guard case .staticEmbedding(let table) = model.queries.modules.first, case .ids(let weights) = table.weights else {
      Issue.record("no table of weights")
      return
    }
    #expect(weights == (0..<131).map { Float($0) / 8 })
    guard case .spladePooling(let settings) = model.documents.modules.first else {
      Issue.record("no SpladePooling")
      return
    }
    #expect(settings == SpladePoolingSettings(strategy: .maximum, logarithms: 2))
    let states = try Transformer(model, precision: .fp32).states(base.batch)
    #expect(distance(states.values, try base.expected("states")) < 1e-5)
  }

  @Test func learnedSparseFramework() throws {
    let (golden, folder, states) = try load("learned-sparse")
    #expect(folder.layout == .learnedSparse)
    guard case .learnedSparse(let query) = folder.queries.modules.first,
      case .learnedSparse(let settings) = folder.documents.modules.first
    else {
      Issue.record("no settings")
      return
    }
    #expect(query.encoder == .binary && query.scale == 0.40625)
    #expect(settings.activation == .softplus && settings.norm == .log1p && settings.hasTermImportance)
    #expect(folder.documents.tokenizer.hasSuffix("/tokenizer"))
    // EPIC: log(1 + softplus(logit * importance)), the maximum over tokens, times the quality of the document.
    let checkpoint = try folder.checkpoint
    let importance = try LinearHead(checkpoint, .termImportance).apply(states, activation: .softplus)
    let special: Set<Int32> = [2, 3]
    let scales = golden.batch.tokens.indices.map {
      special.contains(golden.batch.tokens[$0]) ? 0 : log1p(importance[$0, 0])
    }
    let pooled = try VocabularyHead(folder, precision: .fp32)
      .pooled(states, pooling: .maximum, activation: .softplus, scales: scales)
    let quality = try LinearHead(checkpoint, .documentQuality).apply(states, activation: .sigmoid)
    let weights = (0..<states.count).flatMap { sequence in
      pooled.row(sequence).map { log1p($0) * quality[states.offsets[sequence], 0] }
    }
    #expect(distance(weights, try golden.expected("epic")) < 1e-5)
  }

  @Test func headsThatAreNotThereAreNamed() throws {
    let folder = try ModelFolder(try Golden.path("tildev2"))
    #expect(throws: ModelError.self) { try VocabularyHead(folder, precision: .fp32) }
    #expect(throws: ModelError.self) { try LinearHead(try folder.checkpoint, .linear) }
    #expect(throws: ModelError.self) { try SentenceHead(folder.documents, precision: .fp32) }
  }
}

private func log1p(_ value: Float) -> Float { Float(Foundation.log1p(Double(value))) }
