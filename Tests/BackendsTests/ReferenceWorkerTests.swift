import Backends
import Codecs
import Encoders
import Foundation
import Inference
import Testing

private let python = ProcessInfo.processInfo.environment["BIGRAIN_PYTHON"]

/// `workers/bigrain_worker.py` gives what the native encoders give. Needs a Python with transformers and
/// sentence-transformers, named by BIGRAIN_PYTHON.
@Suite(.serialized, .enabled(if: python != nil)) struct ReferenceWorkerTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private func model(_ name: String) -> String { Self.root.appending(path: "data/models/\(name)").path }

  /// The first 20 of the sample.
  private func passages() throws -> ByteStrings {
    let path = Self.root.appending(path: "data/sample/collection.tsv").path
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").prefix(20)
    return ByteStrings(lines.map { Array($0.split(separator: "\t")[1].utf8) })
  }

  private func worker(_ name: String, as way: String, _ options: String...) -> Backend {
    let script = Self.root.appending(path: "workers/bigrain_worker.py").path
    return Backend(
      BackendDescription(
        command: [python ?? "", script, "--model", model(name), "--as", way, "--device", "cpu"] + options,
        retries: 0))
  }

  private func largestDifference(_ one: [Float], _ other: [Float]) -> Float {
    zip(one, other).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  @Test func denseVectorsAreTheSame() throws {
    let passages = try passages()
    let native = try DenseTransformerEncoder(EncoderModels.load(model("dense-tiny"), precision: .fp32))
    let theirs = try BackendDenseEncoder(worker("dense-tiny", as: "dense"))
    let (ours, answers) = try (native.encode(.texts(passages)), theirs.encode(.texts(passages)))
    #expect(theirs.dimension == native.dimension && ours.count == answers.count && !ours.isEmpty)
    #expect(largestDifference(ours, answers) < 1e-5)
  }

  @Test func sparseVectorsAreTheSame() throws {
    let passages = try passages()
    let method = SparseMethod(.mlm, special: .keep, length: 128)
    let native = try SparseTransformerEncoder(EncoderModels.load(model("tilde-tiny"), precision: .fp32), method)
    let theirs = try BackendSparseEncoder(worker("tilde-tiny", as: "splade", "--length", "128"))
    let (ours, answers) = try (native.encode(.texts(passages)), theirs.encode(.texts(passages)))
    #expect(ours.count == 20 && answers.count == 20)
    for (one, other) in zip(ours, answers) {
      // A logit within rounding of 0 may be on either side of it.
      let (own, their) = (weights(one), weights(other))
      for term in Set(own.keys).union(their.keys) {
        #expect(abs((own[term] ?? 0) - (their[term] ?? 0)) < 1e-4, "term \(term)")
      }
      #expect(!own.isEmpty)
    }
    for id in [Int32(0), 101, 2003, 30521] { #expect(native.term(id) == theirs.term(id)) }
  }

  private func weights(_ vector: SparseVector) -> [Int32: Float] {
    Dictionary(uniqueKeysWithValues: zip(vector.terms, vector.weights))
  }

  @Test func expansionsAreTheSame() throws {
    let passages = try passages()
    let native = try TildeExpander(EncoderModels.load(model("tilde-tiny"), precision: .fp32))
    let theirs = try BackendExpander(worker("tilde-tiny", as: "tilde", "--length", "128"))
    let (ours, answers) = try (native.expand(.texts(passages)), theirs.expand(.texts(passages)))
    #expect(ours.count == 20 && answers.count == 20)
    for (one, other) in zip(ours, answers) {
      #expect(one.passage == other.passage)
      #expect(one.terms == other.terms)
      #expect(largestDifference(one.scores, other.scores) < 1e-3)
    }
  }
}
