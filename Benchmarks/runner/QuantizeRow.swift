internal import Foundation
internal import Kernels
internal import Quantizers

/// A product quantizer with its rotation, learnt from all vectors of a file, and the codes of all of them.
struct QuantizeRow: Row {
  static let name = "quantize"

  private let vectors: [Float]
  private let held: [Float]
  private let shape: ProductQuantizer.Shape
  private let settings: ProductQuantizerTraining.Settings

  /// `--input`, `--held`: vectors of `--dimension` little-endian floats, to learn from and to judge by.
  init(_ options: Options) throws {
    let dimension = options.number("dimension", else: 384)
    vectors = try Self.vectors(at: options.text("input"), dimension)
    held = try Self.vectors(at: options.text("held"), dimension)
    guard
      let shape = ProductQuantizer.Shape(
        dimension: dimension, parts: options.number("parts", else: 96), bits: options.number("bits", else: 8))
    else { throw Options.Missing(description: "--parts must divide --dimension") }
    self.shape = shape
    var settings = ProductQuantizerTraining.Settings()
    settings.threads = options.number("threads", else: 1)
    self.settings = settings
  }

  private static func vectors(at path: String, _ dimension: Int) throws -> [Float] {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    return bytes.floats(at: 0, count: bytes.count / (4 * dimension) * dimension)
  }

  /// `error` is the mean squared distance of the held vectors from what their codes stand for; it is not timed.
  mutating func run() throws -> [String: Double] {
    var quantizer: ProductQuantizer?
    let training = Runner.seconds {
      quantizer = ProductQuantizerTraining.train(self.vectors, shape: shape, settings: settings)
    }
    guard let quantizer else { return [:] }
    // Blocks as chunks are, on all threads.
    let rows = 1024
    let count = self.vectors.count / shape.dimension
    let blocks = (count + rows - 1) / rows
    let (vectors, width) = (self.vectors, shape.dimension)
    let coding = Runner.seconds {
      Parallel.forEach(blocks, threads: settings.threads) { block in
        let part = block * rows * width..<min((block + 1) * rows, count) * width
        _ = quantizer.encode(Array(vectors[part]))
      }
    }
    return [
      "seconds": training + coding, "training": training, "coding": coding, "vectors": Double(count),
      "error": quantizer.reconstructionError(held),
    ]
  }

  func dump(to path: String) throws {}
}
