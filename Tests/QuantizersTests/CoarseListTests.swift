import Codecs
import Foundation
import Kernels
import Quantizers
import Testing

@Suite("Lists of codes")
struct CoarseListTests {
  private func file() -> String { NSTemporaryDirectory() + "quantizer-\(UInt64.random(in: 0...UInt64.max))" }

  @Test("are the same bits whatever the threads, and no more than vectors")
  func training() throws {
    let sample = clusteredSample(count: 9000, dimension: 16, seed: 5)
    let learnt = [1, 2, 5].map {
      CoarseLists.train(sample, dimension: 16, lists: 20, seed: 3, threads: $0).centroids
    }
    #expect(learnt[0] == learnt[1] && learnt[0] == learnt[2])
    #expect(CoarseLists.train(sample, dimension: 16, lists: 20, seed: 4, threads: 1).centroids != learnt[0])
    let few = CoarseLists.train(Array(sample.prefix(5 * 16)), dimension: 16, lists: 20, seed: 3, threads: 2)
    #expect(few.count == 5)
  }

  @Test("a vector is in the list of its nearest centroid, a query takes the largest inner products")
  func nearest() {
    let lists = CoarseLists(dimension: 2, centroids: [1, 0, 0, 1, 3, 0, 1, 0])
    #expect(lists.lists(of: [1, 0.1, 0.1, 1, 9, 0, 1.9, 0]) == [0, 1, 2, 0])
    #expect(lists.nearest(to: [1, 0], probes: 1) == [2])
    #expect(lists.nearest(to: [1, 0], probes: 2) == [0, 2])
    #expect(lists.nearest(to: [0, 1], probes: 1) == [1])
    #expect(lists.nearest(to: [.nan, 1], probes: 4) == [0, 1, 2, 3])
    #expect(lists.nearest(to: [1, 0], probes: .max) == [0, 1, 2, 3])
  }

  @Test("survive being written and read; a quantizer without them keeps its version")
  func files() throws {
    let sample = clusteredSample(count: 200, dimension: 8, seed: 1)
    let shape = try #require(ProductQuantizer.Shape(dimension: 8, parts: 2, bits: 3))
    let plain = ProductQuantizerTraining.train(sample, shape: shape)
    let lists = CoarseLists.train(sample, dimension: 8, lists: 6, seed: 1, threads: 1)
    let path = file()
    defer { try? FileSystem.removeFile(path) }
    _ = try plain.write(to: path)
    #expect(try Envelope(path: path).version == 1)
    #expect(try ProductQuantizer(path: path).lists == nil)
    try FileSystem.removeFile(path)
    _ = try plain.grouped(in: lists).write(to: path)
    let again = try ProductQuantizer(path: path)
    #expect(again.lists?.centroids == lists.centroids && again.codebooks == plain.codebooks)
    #expect(try Envelope(path: path).version == 2)
  }

  @Test("that are not as long as the summary says are refused")
  func hostile() throws {
    let path = file()
    defer { try? FileSystem.removeFile(path) }
    for (lists, floats) in [(0, 0), (0, 2), (3, 4), (3, 8), (Int(UInt32.max), 6), (3, nil)] as [(Int, Int?)] {
      let writer = try EnvelopeWriter(path: path, kind: ProductQuantizer.kind)
      var summary: [UInt8] = []
      for value in [2, 1, 1, lists] { summary.appendLittleEndian(UInt32(value)) }
      try writer.section("summary", summary)
      try writer.section("rotation", [UInt8](repeating: 0, count: 16))
      try writer.section("codebooks", [UInt8](repeating: 0, count: 16))
      if let floats { try writer.section("lists", [UInt8](repeating: 0, count: 4 * floats)) }
      _ = try writer.commit()
      #expect(throws: FormatError.self, "\(lists) lists, \(floats ?? -1) floats") { try ProductQuantizer(path: path) }
    }
  }

  @Test("stay when codebooks are trained")
  func contrastive() throws {
    let sample = clusteredSample(count: 300, dimension: 8, seed: 2)
    let shape = try #require(ProductQuantizer.Shape(dimension: 8, parts: 2, bits: 3))
    let lists = CoarseLists.train(sample, dimension: 8, lists: 4, seed: 1, threads: 1)
    let start = ProductQuantizerTraining.train(sample, shape: shape).grouped(in: lists)
    var settings = ContrastiveTraining.Settings()
    settings.epochs = 1
    var training = ContrastiveTraining(
      start, passages: sample, queries: Array(sample.prefix(100 * 8)), positives: Array(0..<100), settings: settings)
    #expect(training.run {}.lists?.centroids == lists.centroids)
  }
}
