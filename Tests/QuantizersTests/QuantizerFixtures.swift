import Foundation
import Quantizers

/// What Golden/quantizers.py writes.
struct QuantizerGolden: Decodable {
  struct Product: Decodable {
    let count: Int
    let dimension: Int
    let parts: Int
    let bits: Int
    let rotated: Double
    let plain: Double
  }

  struct Residual: Decodable {
    let bits: Int
    let dimension: Int
    let vectors: [Float]
    let centroids: [Float]
    let cutoffs: [Float]
    let weights: [Float]
    let codes: [UInt32]
    let packed: [UInt8]
    let decoded: [Float]
  }

  let products: [Product]
  let residuals: [Residual]

  static func read() throws -> QuantizerGolden {
    let url = Bundle.module.url(forResource: "quantizers", withExtension: "json", subdirectory: "Golden")
    return try JSONDecoder().decode(QuantizerGolden.self, from: Data(contentsOf: url!))
  }
}

/// The script's sample: vectors around 20 directions, with axes that matter less and less, mixed by a matrix.
func clusteredSample(count: Int, dimension: Int, seed: UInt64) -> [Float] {
  var random = SeededSequence(seed: seed)
  func signed() -> Double { 2 * random.unit() - 1 }
  let mix = (0..<dimension * dimension).map { _ in signed() }
  let centers = (0..<20 * dimension).map { _ in signed() }
  var fade: [Double] = []
  for axis in 0..<dimension { fade.append(pow(0.9, Double(axis))) }
  var sample: [Float] = []
  for row in 0..<count {
    let vector = (0..<dimension).map { (centers[row % 20 * dimension + $0] + 0.5 * signed()) * fade[$0] }
    for column in 0..<dimension {
      sample.append(Float((0..<dimension).reduce(0.0) { $0 + vector[$1] * mix[$1 * dimension + column] }))
    }
  }
  return sample
}
