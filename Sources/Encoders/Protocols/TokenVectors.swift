/// The token vectors of several passages.
package struct TokenVectors: Sendable, Hashable {
  /// (passages + 1), in vectors.
  package var offsets: [UInt32]
  /// (vectors, dimension): finite.
  package var values: [Float]

  package init(offsets: [UInt32] = [0], values: [Float] = []) {
    self.offsets = offsets
    self.values = values
  }
}
