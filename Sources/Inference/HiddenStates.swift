package import Kernels

/// What a transformer makes of a batch: a vector for each token. Belongs to one thread at a time.
package struct HiddenStates {
  /// (tokens, width).
  package let buffer: FloatBuffer
  /// (sequences + 1), in tokens.
  package let offsets: [Int]
  package var width: Int { buffer.columns }
  /// Sequences.
  package var count: Int { offsets.count - 1 }
  /// (tokens, width), copied.
  package var values: [Float] { buffer.values }

  package init(buffer: FloatBuffer, offsets: [Int]) {
    precondition(offsets.first == 0 && offsets.last == buffer.rows)
    self.buffer = buffer
    self.offsets = offsets
  }

  package init(values: [Float], offsets: [Int], width: Int) {
    self.init(buffer: FloatBuffer(values, columns: width), offsets: offsets)
  }
}
