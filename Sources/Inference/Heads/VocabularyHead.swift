package import Kernels

/// The masked-language-model head: a number for each word of the vocabulary, pooled over the tokens of a sequence as it
/// is computed. The logits of all tokens never exist at once.
///
/// logit = decoder norm(activation(transform h)) + bias; transform, activation and norm as in Devlin et al. 2019.
package final class VocabularyHead: Sendable {
  private let transform: Linear
  private let activation: Activation
  private let norm: LayerNorm
  /// Its bias is (vocabulary).
  private let decoder: Linear
  package let vocabularySize: Int

  /// - Throws: `ModelError` (69) if the model has no such head.
  package init(_ checkpoint: Checkpoint, precision: Precision) throws {
    guard let tensors = checkpoint.vocabulary else {
      throw ModelError(
        .unavailable, checkpoint.path,
        "has no vocabulary head (cls.predictions or vocab_transform), which this encoder needs")
    }
    transform = try Linear(tensors.transform, precision)
    activation = checkpoint.configuration.activation
    norm = try LayerNorm(tensors.norm, epsilon: checkpoint.configuration.epsilon)
    decoder = try Linear(LinearTensors(weight: tensors.decoder, bias: tensors.bias), precision)
    vocabularySize = checkpoint.configuration.vocabularySize
  }

  package convenience init(_ folder: ModelFolder, precision: Precision) throws {
    try self.init(try folder.checkpoint, precision: precision)
  }

  /// (sequences, vocabulary) = pool over the tokens t of activation(logits[t] * scales[t]).
  ///
  /// - Parameters:
  ///   - pooling: `.maximum`, `.sum`, or `.first`: the first token alone, the only one that is then computed.
  ///   - activation: `.log1pRelu` is SPLADE's; `.none` gives logits.
  ///   - scales: (tokens); a token with scale 0 counts as one with all logits 0.
  ///   - counted: (tokens); a token with 0 is left out.
  package func pooled(
    _ states: HiddenStates, pooling: Pooling, activation: Activation, scales: [Float]? = nil, counted: [UInt8]? = nil
  ) -> FloatBuffer {
    if pooling == .first, scales == nil, counted == nil {
      return pooledFirst(states, activation: activation)
    }
    let output = FloatBuffer(rows: 0, columns: 0)
    decoder.pooled(
      transformed(states.buffer), offsets: states.offsets, into: output, activation: activation, pooling: pooling,
      scales: scales, counted: counted)
    return output
  }

  /// The same for first tokens alone, gathered: one product for all sequences. An empty sequence gives zeros.
  private func pooledFirst(_ states: HiddenStates, activation: Activation) -> FloatBuffer {
    let isEmpty = (0..<states.count).map { states.offsets[$0] == states.offsets[$0 + 1] }
    let firsts = FloatBuffer(rows: states.count, columns: states.width)
    for row in 0..<states.count where !isEmpty[row] {
      firsts.copy(states.buffer, rows: states.offsets[row]..<states.offsets[row] + 1, toRow: row)
    }
    let output = FloatBuffer(rows: 0, columns: 0)
    decoder.apply(transformed(firsts), into: output, activation: activation)
    for row in 0..<states.count where isEmpty[row] { output.fill(rows: row..<row + 1, with: 0) }
    return output
  }

  private func transformed(_ states: FloatBuffer) -> FloatBuffer {
    let output = FloatBuffer(rows: 0, columns: 0)
    transform.apply(states, into: output, activation: activation)
    VectorMath().layerNorm(output, norm, into: output)
    return output
  }
}
