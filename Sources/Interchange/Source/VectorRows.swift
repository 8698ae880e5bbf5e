/// Dense vectors of a collection by document, in the order of rows.
package protocol VectorRows: Sendable {
  var count: Int { get }
  var dimension: Int { get }
  /// (dimension): as the index scores them, decoded.
  func vector(of document: Int) throws -> [Float]
}

/// Product-quantized codes of a collection by document, and what they stand for: with `y = rotation x`, part `m` of `y`
/// is about `centroids[m][code m]`.
package protocol CodeRows: Sendable {
  var count: Int { get }
  var dimension: Int { get }
  /// (dimension, dimension), row-major; empty for none.
  var rotation: [Float] { get }
  var parts: Int { get }
  /// Bits of a code.
  var bits: Int { get }
  /// (parts, 2^bits, dimension / parts).
  var centroids: [Float] { get }
  /// (parts).
  func codes(of document: Int) throws -> [UInt8]
}
