package import Kernels

/// Vectors as short codes: a rotation, then each of `parts` equal parts of the vector is the nearest of 2^bits centroids.
///
/// Sources: Jegou, Douze, Schmid, "Product quantization for nearest neighbor search", 2011; Ge, He, Ke, Sun, "Optimized
/// product quantization", 2013. As BiDR and faiss use it for inner products: codes by the nearest centroid, scores by
/// tables of inner products.
package struct ProductQuantizer: Sendable {
  /// What faiss calls `OPQ<parts>,PQ<parts>x<bits>`.
  package struct Shape: Sendable, Hashable {
    package let dimension: Int
    package let parts: Int
    /// 1...8.
    package let bits: Int

    /// `nil` where the parts do not divide the dimension, or the bits are out of range.
    package init?(dimension: Int, parts: Int, bits: Int) {
      guard parts > 0, dimension > 0, dimension % parts == 0, (1...8).contains(bits) else { return nil }
      self.dimension = dimension
      self.parts = parts
      self.bits = bits
    }

    package var clusters: Int { 1 << bits }
    package var partDimension: Int { dimension / parts }
  }

  package let shape: Shape
  /// (dimension, dimension), orthogonal: element i of a rotated vector is the dot product of row i with it.
  package let rotation: [Float]
  /// (parts, clusters, partDimension).
  package let codebooks: [Float]
  /// How codes are grouped in an index, if they are.
  package let lists: CoarseLists?
  private let rotationPanels: VectorPanels
  /// (parts).
  private let panels: [VectorPanels]

  package init(shape: Shape, rotation: [Float], codebooks: [Float], lists: CoarseLists? = nil) {
    precondition(rotation.count == shape.dimension * shape.dimension)
    precondition(codebooks.count == shape.clusters * shape.dimension)
    precondition(lists.map { $0.dimension == shape.dimension } ?? true)
    self.shape = shape
    self.rotation = rotation
    self.codebooks = codebooks
    self.lists = lists
    rotationPanels = VectorPanels(rows: rotation, dimension: shape.dimension)
    let length = shape.clusters * shape.partDimension
    panels = (0..<shape.parts).map { part in
      VectorPanels(rows: Array(codebooks[part * length..<(part + 1) * length]), dimension: shape.partDimension)
    }
  }

  /// The same with its codes in lists.
  package func grouped(in lists: CoarseLists) -> ProductQuantizer {
    ProductQuantizer(shape: shape, rotation: rotation, codebooks: codebooks, lists: lists)
  }

  /// Rotates vectors: (count, dimension) to the same.
  package func rotate(_ vectors: [Float]) -> FloatStorage {
    let count = vectors.count / shape.dimension
    let (source, target) = (FloatStorage(vectors), FloatStorage(count: vectors.count))
    ClusterKernels.multiply(
      .init(source, start: 0, count: count, stride: shape.dimension), rotationPanels,
      into: .init(target, start: 0, count: count, stride: shape.dimension))
    return target
  }

  /// Codes of vectors (count, dimension): (count, parts).
  package func encode(_ vectors: [Float]) -> [UInt8] {
    let count = vectors.count / shape.dimension
    return encode(rotated: ClusterKernels.Rows(rotate(vectors), start: 0, count: count, stride: shape.dimension))
  }

  /// Codes of vectors that are rotated already.
  package func encode(rotated rows: ClusterKernels.Rows) -> [UInt8] {
    var codes = [UInt8](repeating: 0, count: rows.count * shape.parts)
    var nearest = [UInt32](repeating: 0, count: rows.count)
    var values = [Float](repeating: 0, count: rows.count)
    for part in 0..<shape.parts {
      ClusterKernels.nearest(rows.columns(from: part * shape.partDimension), panels[part], into: &nearest, &values)
      for row in 0..<rows.count { codes[row * shape.parts + part] = UInt8(truncatingIfNeeded: nearest[row]) }
    }
    return codes
  }

  /// A code's vector, still rotated: (dimension).
  package func rotatedVector(of codes: [UInt8]) -> [Float] {
    precondition(codes.count == shape.parts)
    var vector: [Float] = []
    vector.reserveCapacity(shape.dimension)
    for (part, code) in codes.enumerated() {
      let start = (part * shape.clusters + Int(code)) * shape.partDimension
      vector += codebooks[start..<start + shape.partDimension]
    }
    return vector
  }

  /// What the entries of codes bring to the inner product with `query`: (parts, entries), see `CodeKernels`.
  package func tables(_ query: [Float]) -> [Float] {
    let rotated = rotate(query)
    let row = ClusterKernels.Rows(rotated, start: 0, count: 1, stride: shape.dimension)
    let entries = CodeKernels.tableEntries(bits: shape.bits)
    let tables = FloatStorage(count: shape.parts * entries)
    for part in 0..<shape.parts {
      ClusterKernels.multiply(
        row.columns(from: part * shape.partDimension), panels[part],
        into: .init(tables, start: part, count: 1, stride: entries))
    }
    return tables.values
  }

  /// The mean squared distance of vectors from what their codes stand for.
  package func reconstructionError(_ vectors: [Float]) -> Double {
    let count = vectors.count / shape.dimension
    let rotated = rotate(vectors)
    let codes = encode(rotated: .init(rotated, start: 0, count: count, stride: shape.dimension))
    var sum = 0.0
    for row in 0..<count {
      let decoded = rotatedVector(of: Array(codes[row * shape.parts..<(row + 1) * shape.parts]))
      for element in 0..<shape.dimension {
        let difference = Double(rotated[row * shape.dimension + element] - decoded[element])
        sum += difference * difference
      }
    }
    return count == 0 ? 0 : sum / Double(count)
  }
}
