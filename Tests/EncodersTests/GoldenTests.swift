import Codecs
import Encoders
import Inference
import Testing

/// Every encoder against PyTorch on a tiny random checkpoint.
@Suite struct GoldenTests {
  private let expected: Expected

  init() throws { expected = try Expected.read() }

  @Test func everyCellOfTheLearnedSparseFrameworkEqualsPyTorch() throws {
    let model = try Expected.model()
    var worst: Float = 0
    for cell in expected.methods {
      let vectors = try SparseTransformerEncoder(model, cell.method.value).encode(expected.input)
      #expect(vectors.count == cell.vectors.count)
      for (index, (found, wanted)) in zip(vectors, cell.vectors).enumerated() {
        let error = Self.sparseDifference(found, wanted)
        #expect(error < 1e-4, "\(cell.method.label), text \(index)")
        worst = max(worst, error)
      }
    }
    print("worst of \(expected.methods.count) methods: \(worst)")
  }

  /// A term that only one side has counts with its weight.
  private static func sparseDifference(_ found: SparseVector, _ wanted: Expected.Sparse) -> Float {
    var weights = Dictionary(uniqueKeysWithValues: zip(wanted.terms, wanted.weights))
    var worst: Float = 0
    for (term, weight) in zip(found.terms, found.weights) {
      worst = max(worst, abs(weight - (weights.removeValue(forKey: term) ?? 0)))
    }
    return max(worst, weights.values.map(abs).max() ?? 0)
  }

  @Test func aPassageDoesNotDependOnItsNeighboursOrTheBatch() throws {
    let model = try Expected.model()
    let method = SparseMethod(.mlm, special: .keep, length: 32)
    let together = try SparseTransformerEncoder(model, method).encode(expected.input)
    let limits = BatchLimits(tokens: 1, sequences: 1)
    let alone = try SparseTransformerEncoder(model, method, limits: limits).encode(expected.input)
    for (one, other) in zip(together, alone) {
      #expect(Self.sparseDifference(one, .init(terms: other.terms, weights: other.weights)) < 1e-6)
    }
  }

  @Test func tildeExpandsIdForId() throws {
    for entry in expected.tilde {
      let expansions = try TildeExpander(Expected.model(), terms: entry.terms, length: 24).expand(expected.input)
      for (found, wanted) in zip(expansions, entry.passages) {
        #expect(found.passage == wanted[0])
        #expect(found.terms == wanted[1])
      }
    }
  }

  @Test func deepImpactWeighsFirstPiecesOfWords() throws {
    let encoder = try DeepImpactEncoder(Expected.model(), length: expected.deepimpact.length)
    let texts = ByteStrings(expected.texts.map { Array($0.utf8) })
    for (found, wanted) in zip(try encoder.encode(texts), expected.deepimpact.passages) {
      #expect(found.map { String(decoding: $0.word, as: UTF8.self) } == wanted.map(\.word))
      #expect(difference(found.map(\.weight), wanted.map(\.weight)) < 1e-4)
    }
  }

  @Test func deepImpactCleansAsItsCodeDoes() {
    for entry in expected.clean {
      let passage = DeepImpactText.passage(entry.text.unicodeBytes).map { String(decoding: $0, as: UTF8.self) }
      let query = DeepImpactText.query(entry.text.unicodeBytes).map { String(decoding: $0, as: UTF8.self) }
      #expect(passage == entry.passage, "\(entry.text)")
      #expect(query == entry.query, "\(entry.text)")
    }
  }

  @Test func tokenVectorsEqualPyTorch() throws {
    let encoder = try ColBERTEncoder(
      Expected.model(), length: expected.colbert.length, queryLength: expected.colbert.query_length)
    let found = try encoder.encode(expected.input)
    #expect(difference(found.values, expected.colbert.passages.flatMap { $0 }) < 1e-4)
    for (text, wanted) in zip(expected.texts, expected.colbert.queries) {
      #expect(difference(try encoder.encodeQuery(Array(text.utf8)), wanted) < 1e-4)
    }
  }

  @Test func meanVectorsEqualPyTorch() throws {
    let encoder = try DenseTransformerEncoder(Expected.model(), length: expected.dense.length)
    #expect(difference(try encoder.encode(expected.input), expected.dense.passages.flatMap { $0 }) < 1e-5)
  }

  @Test func firstVectorsAreTheStatesOfTheFirstTokens() throws {
    let model = try Expected.model()
    let length = expected.dense.length
    let encoder = try DenseTransformerEncoder(
      model, length: length, plain: .init(pooling: .first, normalizes: false))
    let states = try model.states(TokenBatch(model.sequences(expected.input, length: length)))
    #expect(try encoder.encode(expected.input) == (0..<states.count).flatMap { states.buffer.row(states.offsets[$0]) })
  }

  @Test func onlyWhatCountsIsProposed() throws {
    let model = try Expected.model()
    let terms = model.vocabularySize
    let all = try TildeExpander(model, terms: terms, length: 24).expand(expected.input)
    let added = try TildeExpander(model, terms: 5, counting: .added, length: 24).expand(expected.input)
    for (all, added) in zip(all, added) {
      #expect(added.terms == Array(all.terms.prefix(5)))
      #expect(added.scores == Array(all.scores.prefix(5)))
      #expect(Set(all.terms).isDisjoint(with: all.passage))
    }
  }

  @Test func stagesWithTheSameModelShareIt() throws {
    let first = try Expected.model()
    #expect(try Expected.model() === first)
    #expect(try Expected.model(.int8) !== first)
    #expect(try Expected.model(.int8).digest == first.digest)
  }

  @Test func aModelWithoutTheHeadIsRefused() throws {
    let model = try Expected.model()
    #expect(throws: EncoderModel.Unsuitable.self) {
      try SparseTransformerEncoder(model, SparseMethod(.mlm, length: 4096))
    }
  }
}

extension String {
  fileprivate var unicodeBytes: [UInt8] { Array(utf8) }
}
