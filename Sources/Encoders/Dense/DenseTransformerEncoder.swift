package import Codecs
package import Inference
internal import Kernels
internal import Tokenizers

/// One vector a text: a sentence-transformers folder with its modules, or a plain folder with the pooling that is given.
package struct DenseTransformerEncoder: DenseEncoder {
  /// What is done where the folder has no `modules.json`.
  package struct Plain: Sendable, Hashable {
    package var pooling: PoolingSettings.Mode = .mean
    package var normalizes = true

    package init() {}

    package init(pooling: PoolingSettings.Mode, normalizes: Bool) {
      self.pooling = pooling
      self.normalizes = normalizes
    }
  }

  private let model: EncoderModel
  /// `nil` for a plain folder.
  private let head: SentenceHead?
  private let plain: Plain
  private let limits: BatchLimits
  /// Ids that go through the model.
  package let length: Int
  package let dimension: Int

  /// - Parameter length: ids that go through the model, special ones included; without it, what the folder says, and at
  ///   most 512.
  /// Throws `EncoderModel.Unsuitable`, `ModelError`.
  package init(
    _ model: EncoderModel, length: Int? = nil, plain: Plain = Plain(), limits: BatchLimits = BatchLimits()
  ) throws {
    let positions = try model.side.transformer.configuration.positions
    if let length, length > positions {
      throw EncoderModel.Unsuitable(
        path: model.path, detail: "takes \(positions) ids at most, and `length` is \(length)")
    }
    self.model = model
    self.plain = plain
    self.limits = limits
    self.length = length ?? min(model.side.maximumLength ?? 512, positions)
    head = model.side.modules.isEmpty ? nil : try SentenceHead(model.side, precision: .fp32)
    dimension = try head?.dimension ?? model.side.transformer.configuration.width
  }

  package var digest: Fingerprint { model.digest }

  package func encode(_ input: EncoderInput) throws -> [Float] {
    let sequences = model.sequences(input, length: length)
    var values = [Float](repeating: 0, count: sequences.count * dimension)
    for batch in limits.plan(sequences.map(\.count)) {
      let states = try model.states(TokenBatch(batch.map { sequences[$0] }), of: head?.wanted ?? pooling.wanted)
      let vectors = head?.apply(states) ?? pooled(states)
      for (row, index) in batch.enumerated() {
        values.replaceSubrange((index * dimension)..<((index + 1) * dimension), with: vectors.row(row))
      }
    }
    return values
  }

  private var pooling: SentencePooling { SentencePooling(PoolingSettings(modes: [plain.pooling])) }

  private func pooled(_ states: HiddenStates) -> FloatBuffer {
    let vectors = pooling.apply(states)
    if plain.normalizes { VectorMath().normalize(vectors) }
    return vectors
  }
}
