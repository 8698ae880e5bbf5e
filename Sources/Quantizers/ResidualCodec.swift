package import Codecs
internal import Kernels

/// ColBERTv2's compression of token vectors: the nearest centroid, and what is left over in 1, 2 or 4 bits a dimension.
///
/// The centroid is the one with the largest inner product; centroids have length 1. A residual's value goes to the
/// bucket between `cutoffs` (one that equals a cutoff to the lower bucket) and comes back as the bucket's weight; the sum
/// is brought to length 1 again. Bits of a bucket are written least significant first into bytes filled from their most
/// significant bit: with 2 bits, buckets 0, 1, 2, 3, 3, 2, 1, 0 are the bytes 39, 216.
///
/// Source: Santhanam, Khattab, Saad-Falcon, Potts, Zaharia, "ColBERTv2", 2022, and its `indexing/codecs/residual.py`.
package struct ResidualCodec: Sendable {
  package let dimension: Int
  /// 1, 2 or 4.
  package let bits: Int
  /// (centroids, dimension).
  package let centroids: [Float]
  /// (2^bits - 1), ascending.
  package let cutoffs: [Float]
  /// (2^bits).
  package let weights: [Float]
  private let panels: VectorPanels

  package init(dimension: Int, bits: Int, centroids: [Float], cutoffs: [Float], weights: [Float]) {
    precondition([1, 2, 4].contains(bits) && dimension > 0 && dimension * bits % 8 == 0)
    precondition(centroids.count % dimension == 0 && !centroids.isEmpty)
    precondition(cutoffs.count == (1 << bits) - 1 && weights.count == 1 << bits)
    self.dimension = dimension
    self.bits = bits
    self.centroids = centroids
    self.cutoffs = cutoffs
    self.weights = weights
    panels = VectorPanels(columnsOfRows: centroids, dimension: dimension)
  }

  /// Bytes of a residual.
  package var residualBytes: Int { dimension * bits / 8 }

  /// The centroid of each of some vectors (count, dimension).
  package func nearest(_ vectors: [Float]) -> [UInt32] {
    let count = vectors.count / dimension
    var nearest = [UInt32](repeating: 0, count: count)
    var values = [Float](repeating: 0, count: count)
    ClusterKernels.nearest(
      .init(FloatStorage(vectors), start: 0, count: count, stride: dimension), panels, into: &nearest, &values)
    return nearest
  }

  /// Vectors (count, dimension) as centroids (count) and residuals (count, residualBytes).
  package func encode(_ vectors: [Float]) -> (centroids: [UInt32], residuals: [UInt8]) {
    let chosen = nearest(vectors)
    var residuals: [UInt8] = []
    residuals.reserveCapacity(chosen.count * residualBytes)
    for (vector, centroid) in chosen.enumerated() {
      let buckets = (0..<dimension).map { element in
        bucket(vectors[vector * dimension + element] - centroids[Int(centroid) * dimension + element])
      }
      residuals += Self.pack(buckets, bits: bits)
    }
    return (chosen, residuals)
  }

  private func bucket(_ residual: Float) -> UInt8 {
    var bucket: UInt8 = 0
    for cutoff in cutoffs where residual > cutoff { bucket += 1 }
    return bucket
  }

  /// Buckets to bytes; their number times `bits` is a multiple of 8.
  package static func pack(_ buckets: [UInt8], bits: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: buckets.count * bits / 8)
    for (index, bucket) in buckets.enumerated() {
      for bit in 0..<bits where bucket >> UInt8(bit) & 1 == 1 {
        let place = index * bits + bit
        bytes[place / 8] |= 0x80 >> UInt8(place % 8)
      }
    }
    return bytes
  }

  /// The buckets in packed bytes.
  package static func unpack(_ bytes: some Collection<UInt8>, bits: Int) -> [UInt8] {
    var buckets: [UInt8] = []
    buckets.reserveCapacity(bytes.count * 8 / bits)
    for byte in bytes {
      for first in stride(from: 0, to: 8, by: bits) {
        var bucket: UInt8 = 0
        for bit in 0..<bits where byte & (0x80 >> UInt8(first + bit)) != 0 { bucket |= 1 << UInt8(bit) }
        buckets.append(bucket)
      }
    }
    return buckets
  }

  /// The vectors that were encoded, nearly: (count, dimension), each of length 1. `nil` for a centroid that there is not.
  package func decode(centroids chosen: [UInt32], residuals: [UInt8]) -> [Float]? {
    guard residuals.count == chosen.count * residualBytes else { return nil }
    var vectors: [Float] = []
    vectors.reserveCapacity(chosen.count * dimension)
    for (vector, centroid) in chosen.enumerated() {
      guard Int(centroid) < centroids.count / dimension else { return nil }
      let packed = residuals[vector * residualBytes..<(vector + 1) * residualBytes]
      var values = Array(centroids[Int(centroid) * dimension..<(Int(centroid) + 1) * dimension])
      for (element, bucket) in Self.unpack(packed, bits: bits).enumerated() { values[element] += weights[Int(bucket)] }
      vectors += Self.normalized(values)
    }
    return vectors
  }

  static func normalized(_ vector: [Float]) -> [Float] {
    let length = VectorKernels.dot(vector, vector).squareRoot()
    return length > 0 ? vector.map { $0 / length } : vector
  }
}

/// The codec on disk: an `Envelope` of kind `centroids`, version 1, little-endian, with the sections `summary` =
/// dimension:u32 bits:u32, `centroids` = f32{centroids, dimension}, `buckets` = cutoffs f32{2^bits - 1} weights
/// f32{2^bits}.
extension ResidualCodec {
  package static let kind = FileKind("centroids")
  package static let fileName = "centroids"

  package func write(to path: String, attempt: Int = 0) throws -> FileSeal {
    let writer = try EnvelopeWriter(path: path, kind: Self.kind, attempt: attempt)
    var bytes: [UInt8] = []
    bytes.appendLittleEndian(UInt32(dimension))
    bytes.appendLittleEndian(UInt32(bits))
    try writer.section("summary", bytes)
    bytes = []
    bytes.appendLittleEndian(contentsOf: centroids)
    try writer.section("centroids", bytes)
    bytes = []
    bytes.appendLittleEndian(contentsOf: cutoffs + weights)
    try writer.section("buckets", bytes)
    return try writer.commit()
  }

  /// Throws `FileError`, `FormatError`.
  package init(path: String) throws {
    let envelope = try Envelope(path: path, kind: Self.kind, access: .positional)
    let summary = try envelope.verifiedSection("summary")
    let fields = summary.count == 8 ? try summary.array(of: UInt32.self, at: 0, count: 2).map(Int.init) : []
    guard fields.count == 2, [1, 2, 4].contains(fields[1]), fields[0] > 0, fields[0] * fields[1] % 8 == 0 else {
      throw FormatError.corrupt(path: path, detail: "its summary is not one")
    }
    let centroids = try envelope.verifiedSection("centroids")
    let buckets = try envelope.verifiedSection("buckets")
    let levels = 1 << fields[1]
    guard centroids.count > 0, centroids.count % (fields[0] * 4) == 0, buckets.count == (2 * levels - 1) * 4 else {
      throw FormatError.corrupt(path: path, detail: "its sections have wrong lengths")
    }
    let values = try buckets.floats(at: 0, count: 2 * levels - 1)
    self.init(
      dimension: fields[0], bits: fields[1], centroids: try centroids.floats(at: 0, count: centroids.count / 4),
      cutoffs: Array(values.prefix(levels - 1)), weights: Array(values.suffix(levels)))
  }
}
