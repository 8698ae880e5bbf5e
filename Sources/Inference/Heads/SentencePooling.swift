package import Kernels

/// Token vectors to one vector a sequence, as sentence-transformers' Pooling. Several modes come side by side.
package struct SentencePooling: Sendable {
  package let settings: PoolingSettings

  package init(_ settings: PoolingSettings) {
    self.settings = settings
  }

  /// Width of the result for token vectors of `width`.
  package func outputs(_ width: Int) -> Int { width * settings.modes.count }

  /// The tokens whose states `apply` reads where there is no prompt.
  package var wanted: WantedTokens { settings.modes == [.first] ? .first : .all }

  /// (sequences, modes * width). A sequence without tokens gives zeros.
  /// - Parameter promptTokens: the tokens of each sequence, `[CLS]` included, that belong to a prompt: left out if the
  ///   model says so.
  package func apply(_ states: HiddenStates, promptTokens: Int = 0) -> FloatBuffer {
    let skipped = settings.includesPrompt ? 0 : promptTokens
    let parts = settings.modes.map { pool(states, $0, skipping: skipped) }
    guard parts.count > 1 else { return parts[0] }
    let output = FloatBuffer(rows: states.count, columns: outputs(states.width))
    for row in 0..<states.count { output.copy(parts.flatMap { $0.row(row) }, toRow: row) }
    return output
  }

  private func pool(_ states: HiddenStates, _ mode: PoolingSettings.Mode, skipping skipped: Int) -> FloatBuffer {
    switch mode {
    case .mean: simple(states, .mean, skipped)
    case .maximum: simple(states, .maximum, skipped)
    case .last: simple(states, .last, skipped)
    case .first: simple(states, .first, skipped)
    case .meanSquareRoot: weighted(states, skipped, total: { Float($0.count).squareRoot() }, weight: { _ in 1 })
    case .weightedMean:
      // Weights are positions in the whole sequence, a prompt included.
      weighted(states, skipped, total: { $0.reduce(0) { $0 + Float($1 + 1) } }, weight: { Float($0 + 1) })
    }
  }

  private func simple(_ states: HiddenStates, _ pooling: Pooling, _ skipped: Int) -> FloatBuffer {
    let output = FloatBuffer(rows: 0, columns: 0)
    VectorMath().pool(
      states.buffer, offsets: states.offsets, pooling, counted: Self.counted(states, skipped), into: output)
    return output
  }

  /// (tokens): 0 for the first `skipped` tokens of each sequence; `nil` if all count.
  private static func counted(_ states: HiddenStates, _ skipped: Int) -> [UInt8]? {
    guard skipped > 0 else { return nil }
    var counted = [UInt8](repeating: 1, count: states.buffer.rows)
    for index in 0..<states.count {
      for token in states.offsets[index]..<min(states.offsets[index] + skipped, states.offsets[index + 1]) {
        counted[token] = 0
      }
    }
    return counted
  }

  /// The sum of weighted token vectors over a total.
  /// - Parameters:
  ///   - total: of the range of places in the sequence that count.
  ///   - weight: of a place in the sequence.
  private func weighted(
    _ states: HiddenStates, _ skipped: Int, total: (Range<Int>) -> Float, weight: (Int) -> Float
  ) -> FloatBuffer {
    let output = FloatBuffer(rows: states.count, columns: states.width)
    for index in 0..<states.count {
      let length = states.offsets[index + 1] - states.offsets[index]
      let places = min(skipped, length)..<length
      var sum = [Float](repeating: 0, count: states.width)
      for place in places {
        let factor = weight(place)
        states.buffer.withRow(states.offsets[index] + place) { row in
          for column in sum.indices { sum[column] += factor * row[column] }
        }
      }
      let divisor = max(total(places), 1e-9)
      output.copy(sum.map { $0 / divisor }, toRow: index)
    }
    return output
  }
}
