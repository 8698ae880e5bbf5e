package import Kernels

/// The masked-language-model head: a number for each word of the vocabulary, pooled over the tokens of a sequence as it
/// is computed. The logits of all tokens never exist at once.
///
/// logit = decoder norm(activation(transform h)) + bias; transform, activation and norm as in Devlin et al. 2019.
package final class VocabularyHead: Sendable {
  private let transform: Linear
  private let activation: Activation
  private let norm: LayerNorm
  private let decoder: Linear
  /// (vocabulary).
  private let bias: [Float]
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
    decoder = try Linear(LinearTensors(weight: tensors.decoder, bias: nil), precision)
    bias = try tensors.bias.floats()
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
      transformed(states.buffer), offsets: states.offsets, into: output, bias: bias, activation: activation,
      pooling: pooling, scales: scales, counted: counted)
    return output
  }

  /// The same for first tokens alone, gathered. An empty sequence gives zeros.
  private func pooledFirst(_ states: HiddenStates, activation: Activation) -> FloatBuffer {
    let present = (0..<states.count).map { states.offsets[$0] < states.offsets[$0 + 1] }
    let firsts = FloatBuffer(rows: present.count { $0 }, columns: states.width)
    var offsets = [0]
    for index in 0..<states.count {
      let row = offsets[index]
      if present[index] {
        firsts.copy(states.buffer, rows: states.offsets[index]..<states.offsets[index] + 1, toRow: row)
      }
      offsets.append(row + (present[index] ? 1 : 0))
    }
    let output = FloatBuffer(rows: 0, columns: 0)
    decoder.pooled(
      transformed(firsts), offsets: offsets, into: output, bias: bias, activation: activation, pooling: .first,
      scales: nil, counted: nil)
    return output
  }

  private func transformed(_ states: FloatBuffer) -> FloatBuffer {
    let output = FloatBuffer(rows: 0, columns: 0)
    transform.apply(states, into: output, activation: activation)
    VectorMath().layerNorm(output, norm, into: output)
    return output
  }
}
