import Foundation
import Kernels
import Quantizers
import Testing

@Suite("Product quantizers")
struct ProductQuantizerTests {
  @Test("reconstruct as well as faiss's, within 2 %, with and without rotation")
  func errors() throws {
    for golden in try QuantizerGolden.read().products {
      let sample = clusteredSample(count: golden.count, dimension: golden.dimension, seed: 7)
      let shape = try #require(
        ProductQuantizer.Shape(dimension: golden.dimension, parts: golden.parts, bits: golden.bits))
      var settings = ProductQuantizerTraining.Settings()
      settings.threads = 2
      let rotated = ProductQuantizerTraining.train(sample, shape: shape, settings: settings)
        .reconstructionError(sample)
      #expect(rotated <= golden.rotated * 1.02, "\(shape): \(rotated), faiss \(golden.rotated)")
      settings.rotates = false
      let plain = ProductQuantizerTraining.train(sample, shape: shape, settings: settings).reconstructionError(sample)
      #expect(plain <= golden.plain * 1.02, "\(shape), not rotated: \(plain), faiss \(golden.plain)")
      #expect(rotated < plain)
    }
  }

  @Test("the rotation is orthogonal to 1e-5, also where axes have no variance")
  func orthogonality() throws {
    var sample = clusteredSample(count: 500, dimension: 24, seed: 3)
    for row in 0..<500 { for axis in 0..<5 { sample[row * 24 + axis] = 0 } }
    let shape = try #require(ProductQuantizer.Shape(dimension: 24, parts: 4, bits: 4))
    let rotation = ProductQuantizerTraining.train(sample, shape: shape).rotation
    for i in 0..<24 {
      for j in 0..<24 {
        let product = (0..<24).reduce(0.0) { $0 + Double(rotation[i * 24 + $1]) * Double(rotation[j * 24 + $1]) }
        #expect(abs(product - (i == j ? 1 : 0)) < 1e-5)
      }
    }
  }

  @Test("the same bits whatever the threads")
  func threads() throws {
    let sample = clusteredSample(count: 5000, dimension: 32, seed: 5)
    let shape = try #require(ProductQuantizer.Shape(dimension: 32, parts: 8, bits: 6))
    let results = [1, 2, 5].map { threads -> ProductQuantizer in
      var settings = ProductQuantizerTraining.Settings()
      settings.threads = threads
      settings.rounds = 3
      return ProductQuantizerTraining.train(sample, shape: shape, settings: settings)
    }
    for result in results {
      #expect(result.codebooks == results[0].codebooks)
      #expect(result.rotation == results[0].rotation)
    }
  }

  @Test("tables score what codes decode to")
  func tables() throws {
    let sample = clusteredSample(count: 400, dimension: 24, seed: 9)
    for bits in [3, 4, 7, 8] {
      let shape = try #require(ProductQuantizer.Shape(dimension: 24, parts: 6, bits: bits))
      let quantizer = ProductQuantizerTraining.train(sample, shape: shape)
      let query = Array(sample[240..<264])
      let tables = quantizer.tables(query)
      let entries = CodeKernels.tableEntries(bits: bits)
      let rotated = quantizer.rotate(query)
      for row in 0..<50 {
        let codes = quantizer.encode(Array(sample[row * 24..<(row + 1) * 24]))
        let byTables = (0..<6).reduce(Float(0)) { $0 + tables[$1 * entries + Int(codes[$1])] }
        let decoded = VectorKernels.dot(rotated.values, quantizer.rotatedVector(of: codes))
        #expect(abs(byTables - decoded) < 1e-3 * max(1, abs(decoded)))
      }
    }
  }

  @Test("survive being written and read")
  func file() throws {
    let sample = clusteredSample(count: 100, dimension: 8, seed: 1)
    let shape = try #require(ProductQuantizer.Shape(dimension: 8, parts: 2, bits: 3))
    let quantizer = ProductQuantizerTraining.train(sample, shape: shape)
    let path = NSTemporaryDirectory() + "quantizer-\(UInt64.random(in: 0...UInt64.max))"
    defer { try? FileSystem.removeFile(path) }
    _ = try quantizer.write(to: path)
    let again = try ProductQuantizer(path: path)
    #expect(again.shape == shape && again.rotation == quantizer.rotation && again.codebooks == quantizer.codebooks)
  }

  @Test("k-means: more clusters than points, equal points, the first of equal centroids")
  func degenerate() throws {
    let points = FloatStorage([1, 1, 1, 1, 2, 2])
    let means = KMeans(
      points: .init(points, start: 0, count: 3, stride: 2), dimension: 2, clusters: 5, threads: 1)
    let centroids = means.train(from: means.start(seed: 1), iterations: 3)
    #expect(centroids.allSatisfy { $0.isFinite })
    let two = means.assign(to: [1, 1, 1, 1, 2, 2, 9, 9, 9, 9])
    #expect(two.nearest == [0, 0, 2])
  }
}
