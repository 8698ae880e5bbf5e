package import Codecs
internal import Inference
internal import Kernels
internal import Tokenizers

/// The learned-sparse framework's encoders over the native engine: `SparseMethod` says which.
///
/// A text becomes `[CLS] ids [SEP]`, cut to `method.length` ids in all. An expanded passage has [SEP] among its ids, so
/// that it reads `[CLS] passage [SEP] expansion [SEP]`.
package struct SparseTransformerEncoder: SparseEncoder {
  package let method: SparseMethod
  private let model: EncoderModel
  private let limits: BatchLimits
  /// Positions that have no weight, by their ids.
  private let skippedPositions: TokenFilter
  private let skippedTerms: TokenFilter
  private let bag: BagEncoder

  /// Throws `EncoderModel.Unsuitable` if the model lacks the head or has fewer positions.
  package init(_ model: EncoderModel, _ method: SparseMethod, limits: BatchLimits = BatchLimits()) throws {
    try model.require(
      method.encoder == .binary ? nil : method.isOfTokens ? .tokenWeight : .vocabulary, length: method.length)
    self.method = method
    self.model = model
    self.limits = limits
    skippedPositions = method.special.skippedPositions(model.tokenizer)
    skippedTerms = method.special.skippedTerms(model.tokenizer)
    bag = BagEncoder(method, tokenizer: model.tokenizer)
  }

  package var digest: Fingerprint { model.digest }

  package func term(_ id: Int32) -> [UInt8]? { model.tokenizer.token(id) }

  package func encode(_ input: EncoderInput) throws -> [SparseVector] {
    if method.encoder == .binary {
      return model.tokens(input).map { finished(bag.encode($0), of: $0) }
    }
    let sequences = model.sequences(input, length: method.length)
    var vectors = [SparseVector](repeating: SparseVector(terms: [], weights: []), count: sequences.count)
    for batch in limits.plan(sequences.map(\.count)) {
      let tokens = batch.map { sequences[$0] }
      let states = try model.states(TokenBatch(tokens), of: method.encoder == .clsMLM ? .first : .all)
      let encoded = method.isOfTokens ? try tokenVectors(tokens, states) : try vocabularyVectors(tokens, states)
      for (index, vector) in zip(batch, encoded) { vectors[index] = finished(vector, of: sequences[index]) }
    }
    return vectors
  }

  // MARK: Weights of the text's tokens

  private func tokenVectors(_ sequences: [[Int32]], _ states: HiddenStates) throws -> [SparseVector] {
    let values = try model.tokenWeights(states)
    return sequences.indices.map { row in
      var tokens: [Int32] = []
      var weights: [Float] = []
      for (position, token) in sequences[row].enumerated()
      where !skippedPositions.excludes(token) && !skippedTerms.excludes(token) {
        tokens.append(token)
        weights.append(method.weight(values[states.offsets[row] + position]))
      }
      return SparseAssembly.vector(tokens: tokens, weights: weights, pooling: method.pooling)
    }
  }

  // MARK: Weights of the vocabulary

  private func vocabularyVectors(_ sequences: [[Int32]], _ states: HiddenStates) throws -> [SparseVector] {
    let pooled = try pooled(sequences, states)
    let qualities = try qualities(states)
    // Nearly all of a vocabulary, and no weight: not worth a logarithm.
    let isZeroBelow = method.activation == .relu && !isSum
    return sequences.indices.map { row in
      pooled.withRow(row) { values in
        var terms: [Int32] = []
        var weights: [Float] = []
        for term in values.indices {
          if isZeroBelow && values[term] <= 0 { continue }
          let weight = vocabularyWeight(values[term], quality: qualities?[row])
          guard weight > 0, !skippedTerms.excludes(Int32(term)) else { continue }
          terms.append(Int32(term))
          weights.append(weight)
        }
        return SparseVector(terms: terms, weights: weights)
      }
    }
  }

  /// (sequences, vocabulary): logits, or sums of weights. The maximum is taken before the activation, which increases.
  private func pooled(_ sequences: [[Int32]], _ states: HiddenStates) throws -> FloatBuffer {
    if method.encoder == .clsMLM { return try model.vocabularyPooled(states, .first, .none) }
    let (scales, counted) = try positions(sequences, states)
    if method.pooling == .maximum {
      // Of what becomes zero anyway, the head need not know how far it is below: it leaves most of the products out.
      let isScreened = scales == nil && method.activation == .relu
      return try model.vocabularyPooled(
        states, .maximum, isScreened ? .relu : .none, scales: scales, counted: counted)
    }
    return try model.vocabularyPooled(states, .sum, .log1pRelu, scales: scales, counted: counted)
  }

  /// (tokens) each: what a position's logits are multiplied by, and whether it takes part.
  private func positions(
    _ sequences: [[Int32]], _ states: HiddenStates
  ) throws -> (scales: [Float]?, counted: [UInt8]?) {
    let kept = sequences.joined().map { !skippedPositions.excludes($0) }
    let factors = method.importance ? try model.termImportance(states).map(SparseMethod.importance) : nil
    if method.special == .mask {
      // The framework multiplies: a masked position stays, with logits of 0.
      return (kept.indices.map { kept[$0] ? factors?[$0] ?? 1 : 0 }, nil)
    }
    return (factors, kept.contains(false) ? kept.map { $0 ? 1 : 0 } : nil)
  }

  /// Whether the head gives sums of weights, not the logits that a weight is made of.
  private var isSum: Bool { method.encoder == .mlm && method.pooling == .sum }

  private func vocabularyWeight(_ value: Float, quality: Float?) -> Float {
    let weight = isSum ? value * Float(method.scale) : method.weight(value)
    return weight * (quality ?? 1)
  }

  /// (sequences): EPIC's quality of each passage.
  private func qualities(_ states: HiddenStates) throws -> [Float]? {
    guard method.quality else { return nil }
    let firsts = FloatBuffer(rows: states.count, columns: states.width)
    for row in 0..<states.count {
      firsts.copy(states.buffer, rows: states.offsets[row]..<states.offsets[row] + 1, toRow: row)
    }
    return try model.documentQuality(firsts).map(SparseMethod.quality)
  }

  private func finished(_ vector: SparseVector, of sequence: [Int32]) -> SparseVector {
    var vector = vector
    if method.lexical {
      let own = Set(sequence)
      vector = SparseAssembly.select(vector.terms.indices.filter { own.contains(vector.terms[$0]) }, of: vector)
    }
    if method.ratio > 0 { vector = SparseAssembly.above(method.ratio, of: vector) }
    return method.top.map { SparseAssembly.top($0, of: vector) } ?? vector
  }
}
