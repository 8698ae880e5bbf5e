package import Kernels

/// Codes of some vectors in memory, to rank them: for training and its measures, not for an index.
package struct CodeSearch: Sendable {
  private let quantizer: ProductQuantizer
  private let count: Int
  /// (count, parts).
  private let codes: [UInt8]

  /// - Parameter rotated: (count, dimension).
  package init(_ quantizer: ProductQuantizer, rotated: FloatStorage, count: Int) {
    self.quantizer = quantizer
    self.count = count
    codes = quantizer.encode(rotated: .init(rotated, start: 0, count: count, stride: quantizer.shape.dimension))
  }

  /// The `k` vectors that the codes rank first for a rotated query, the lower number first among equals.
  package func best(_ query: [Float], k: Int) -> [Int] {
    let shape = quantizer.shape
    var tables: [Float] = []
    tables.reserveCapacity(shape.parts * shape.clusters)
    for part in 0..<shape.parts {
      for cluster in 0..<shape.clusters {
        var sum: Float = 0
        let start = (part * shape.clusters + cluster) * shape.partDimension
        for element in 0..<shape.partDimension {
          sum += quantizer.codebooks[start + element] * query[part * shape.partDimension + element]
        }
        tables.append(sum)
      }
    }
    let scores = (0..<count).map { row in
      (0..<shape.parts).reduce(Float(0)) { $0 + tables[$1 * shape.clusters + Int(codes[row * shape.parts + $1])] }
    }
    return Self.largest(scores, k: k)
  }

  /// The places of the `k` largest scores.
  package static func largest(_ scores: [Float], k: Int) -> [Int] {
    guard k < scores.count else {
      return scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
    }
    // The k-th largest bounds what must be sorted.
    let bound = scores.sorted(by: >)[k - 1]
    return scores.indices.filter { scores[$0] >= bound }
      .sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }.prefix(k).map { $0 }
  }
}
