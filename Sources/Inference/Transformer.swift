internal import Kernels

/// BERT or DistilBERT: tokens to hidden states.
///
/// The weights are packed once and shared; every call works in memory of its own on the thread that calls, so any number
/// of threads may call at once. Sequences are never padded, and a sequence's states do not depend on the others of its
/// batch.
package final class Transformer: Sendable {
  package let precision: Precision
  private let shape: ModelConfiguration
  private let path: String
  /// (vocabulary, width), (positions, width), (types, width): looked up where the file is mapped.
  private let words, positions: TensorView
  private let types: TensorView?
  private let norm: LayerNorm
  private let layers: [TransformerLayer]
  private let math = VectorMath()

  /// Tokens that go through the layers together: enough to use the weights well, few enough to stay in the cache.
  private static let blockTokens = 256

  /// The transformer of the documents' side.
  package convenience init(_ folder: ModelFolder, precision: Precision) throws {
    try self.init(try folder.checkpoint, precision: precision)
  }

  /// - Throws: `ModelError` (65) if a weight is not finite.
  package init(_ checkpoint: Checkpoint, precision: Precision) throws {
    self.precision = precision
    shape = checkpoint.configuration
    path = checkpoint.path
    let backbone = checkpoint.backbone
    for tensor in [backbone.words, backbone.positions] + [backbone.types].compactMap({ $0 }) {
      try tensor.checkFinite()
    }
    words = try backbone.words.view()
    positions = try backbone.positions.view()
    types = try backbone.types?.view()
    norm = try LayerNorm(backbone.norm, epsilon: shape.epsilon)
    let shape = shape
    layers = try backbone.layers.map { try TransformerLayer($0, shape, precision) }
  }

  /// Of a hidden state.
  package var width: Int { shape.width }
  package var vocabularySize: Int { shape.vocabularySize }
  /// Most tokens of a sequence.
  package var maximumLength: Int { shape.positions }

  /// The last layer's states of the wanted tokens: the same bits whichever are wanted.
  ///
  /// - Throws: `ModelError` (65) if a token is not in the vocabulary, or a sequence is longer than `maximumLength`.
  package func states(_ batch: TokenBatch, of wanted: WantedTokens = .all) throws -> HiddenStates {
    try check(batch)
    let offsets = wanted.offsets(batch.offsets)
    let output = FloatBuffer(capacity: offsets[batch.count], columns: width)
    let work = Workspace()
    var first = 0
    while first < batch.count {
      var last = first + 1
      while last < batch.count, batch.offsets[last + 1] - batch.offsets[first] <= Self.blockTokens { last += 1 }
      let start = batch.offsets[first]
      let tokens = Array(batch.tokens[start..<batch.offsets[last]])
      forward(tokens, offsets: batch.offsets[first...last].map { $0 - start }, work, of: wanted)
      output.append(work.hidden)
      first = last
    }
    guard output.isFinite else { throw ModelError(.damaged, path, "gives a state that is infinite or no number") }
    return HiddenStates(buffer: output, offsets: offsets)
  }

  /// The states of one sequence in which only the first `attended` tokens are attended to: those after them look at
  /// these, and nobody looks at those (ColBERT's [MASK]s, Hugging Face's attention mask).
  package func states(_ sequence: [Int32], attended: Int) throws -> HiddenStates {
    precondition(attended > 0 && attended <= sequence.count)
    try check(TokenBatch([sequence]))
    let work = Workspace()
    forward(sequence, offsets: [0, sequence.count], work, attended: attended)
    guard work.hidden.isFinite else {
      throw ModelError(.damaged, path, "gives a state that is infinite or no number")
    }
    return HiddenStates(buffer: work.hidden, offsets: [0, sequence.count])
  }

  /// Leaves the states of the wanted of `tokens` in `work.hidden`.
  private func forward(
    _ tokens: [Int32], offsets: [Int], _ work: Workspace, attended: Int? = nil, of wanted: WantedTokens = .all
  ) {
    math.embed(
      tokens, offsets: offsets, words: words, positions: positions, types: types, norm: norm, into: work.hidden)
    for layer in layers.dropLast() { layer.apply(work, offsets: offsets, math, attended: attended) }
    layers.last?.apply(work, offsets: offsets, math, attended: attended, rows: wanted.rows(offsets))
  }

  private func check(_ batch: TokenBatch) throws {
    if let token = batch.tokens.first(where: { $0 < 0 || Int($0) >= vocabularySize }) {
      throw ModelError(
        .damaged, path,
        "the token \(token) is not in the vocabulary of \(vocabularySize): the tokenizer is of another model")
    }
    for index in 0..<batch.count {
      let length = batch.offsets[index + 1] - batch.offsets[index]
      guard length <= maximumLength else {
        throw ModelError(.damaged, path, "a sequence has \(length) tokens; the model takes \(maximumLength)")
      }
    }
  }
}

/// The memory of one call.
final class Workspace {
  /// (tokens, width).
  let hidden = FloatBuffer(rows: 0, columns: 0)
  /// (tokens, 3 * width): queries, keys, values.
  let projected = FloatBuffer(rows: 0, columns: 0)
  /// (tokens, width).
  let context = FloatBuffer(rows: 0, columns: 0)
  /// (tokens, width).
  let attended = FloatBuffer(rows: 0, columns: 0)
  /// (tokens, inner width).
  let inner = FloatBuffer(rows: 0, columns: 0)
}

/// Attention, then the feed-forward layer; each adds its input and normalizes after it (post-LN).
struct TransformerLayer: Sendable {
  private let projections, attentionOutput, up, down: Linear
  private let attentionNorm, outputNorm: LayerNorm
  private let heads: Int
  private let activation: Activation
  private let precision: MatrixPrecision

  init(_ tensors: Backbone.Layer, _ shape: ModelConfiguration, _ precision: Precision) throws {
    projections = try Linear([tensors.query, tensors.key, tensors.value], precision)
    attentionOutput = try Linear(tensors.attentionOutput, precision)
    up = try Linear(tensors.up, precision)
    down = try Linear(tensors.down, precision)
    attentionNorm = try LayerNorm(tensors.attentionNorm, epsilon: shape.epsilon)
    outputNorm = try LayerNorm(tensors.outputNorm, epsilon: shape.epsilon)
    heads = shape.heads
    activation = shape.activation
    self.precision = precision.kernel
  }

  /// `work.hidden` to `work.hidden`.
  /// - Parameters:
  ///   - attended: the batch is one sequence whose later tokens nobody attends to.
  ///   - rows: the tokens, ascending, that are left in `work.hidden`; `nil` for all.
  func apply(_ work: Workspace, offsets: [Int], _ math: VectorMath, attended: Int? = nil, rows: [Int]? = nil) {
    projections.apply(work.hidden, into: work.projected)
    math.attention(work.projected, offsets: offsets, heads: heads, into: work.context, precision: precision)
    if let attended { UnattendedTokens(work.projected, attended: attended, heads: heads).attend(into: work.context) }
    if let rows {
      work.context.keep(rows: rows)
      work.hidden.keep(rows: rows)
    }
    attentionOutput.apply(work.context, into: work.attended, residual: work.hidden, norm: attentionNorm)
    up.apply(work.attended, into: work.inner, activation: activation)
    down.apply(work.inner, into: work.hidden, residual: work.attended, norm: outputNorm)
  }
}
