package import Kernels

/// The modules of a sentence-transformers folder after the transformer: hidden states to one vector a sequence.
package final class SentenceHead: Sendable {
  private enum Step: Sendable {
    case tokenDense(Dense)
    case pooling(SentencePooling)
    case dense(Dense)
    case normalize
  }

  private let steps: [Step]
  /// Numbers a vector.
  package let dimension: Int

  /// - Throws: `ModelError` (69) if the folder's side does not end in one vector a text.
  package init(_ side: ModelSide, precision: Precision) throws {
    var dimension = try side.transformer.configuration.width
    steps = try side.modules.map { module in
      switch module {
      case .pooling(let settings):
        dimension *= settings.modes.count
        return .pooling(SentencePooling(settings))
      case .dense(let settings):
        dimension = settings.outputs
        let dense = try Dense(settings, precision: precision)
        return settings.appliesToTokens ? .tokenDense(dense) : .dense(dense)
      case .normalize: return .normalize
      default: throw ModelError(.unavailable, side.path, "its module \(module.name) gives no vector for a text")
      }
    }
    self.dimension = dimension
    guard side.modules.contains(where: { if case .pooling = $0 { true } else { false } }) else {
      throw ModelError(
        .unavailable, side.path,
        "does not say how to pool token vectors: sentence-transformers' modules.json is missing")
    }
  }

  /// The tokens whose states `apply` reads where there is no prompt.
  package var wanted: WantedTokens {
    for step in steps { if case .pooling(let pooling) = step { return pooling.wanted } }
    return .all
  }

  /// (sequences, dimension).
  package func apply(_ states: HiddenStates, promptTokens: Int = 0) -> FloatBuffer {
    var states = states
    var vectors = states.buffer
    for step in steps {
      switch step {
      case .tokenDense(let dense): states = HiddenStates(buffer: dense.apply(states.buffer), offsets: states.offsets)
      case .pooling(let pooling): vectors = pooling.apply(states, promptTokens: promptTokens)
      case .dense(let dense): vectors = dense.apply(vectors)
      case .normalize: VectorMath().normalize(vectors)
      }
    }
    return vectors
  }
}
