internal import Foundation
internal import Kernels

/// Attention of a sequence whose last tokens are not attended to. Sequences of this kind are short queries, so plain
/// loops do; the kernels' attention lets every token look at every other.
struct UnattendedTokens {
  /// (tokens, 3 * width): queries, keys, values.
  private let projected: FloatBuffer
  private let attended: Int
  private let heads: Int
  private let width: Int

  init(_ projected: FloatBuffer, attended: Int, heads: Int) {
    self.projected = projected
    self.attended = attended
    self.heads = heads
    width = projected.columns / 3
  }

  /// Overwrites `context` (tokens, width) with softmax(q k / sqrt(d)) v over the attended tokens.
  func attend(into context: FloatBuffer) {
    let keys = (0..<attended).map { projected.row($0) }
    for token in 0..<projected.rows {
      let query = projected.row(token)
      var output = [Float](repeating: 0, count: width)
      for head in 0..<heads { attend(query, keys, head, into: &output) }
      context.copy(output, toRow: token)
    }
  }

  private func attend(_ query: [Float], _ keys: [[Float]], _ head: Int, into output: inout [Float]) {
    let size = width / heads
    let places = (head * size)..<((head + 1) * size)
    let scale = 1 / Float(size).squareRoot()
    let scores = keys.map { key in places.reduce(Float(0)) { $0 + query[$1] * key[width + $1] } * scale }
    let largest = scores.max() ?? 0
    let weights = scores.map { exp($0 - largest) }
    let total = weights.reduce(0, +)
    for (weight, key) in zip(weights, keys) {
      for place in places { output[place] += weight / total * key[2 * width + place] }
    }
  }
}
