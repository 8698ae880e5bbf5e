internal import Codecs
internal import Corpus
internal import Encoders
internal import Foundation
internal import Inference
internal import Kernels

/// Texts to vectors, on several threads: tokens, transformer, pooling or head, as a stage does it for its chunks.
///
/// `--as dense`, `sparse` (the vocabulary's weights), or `tildev2` (TILDE's expansion by `--expander`, then weights).
struct EncodeRow: Row {
  static let name = "encode"
  /// Fewer than a chunk has, so that both threads end at the same time.
  static let textsPerSlice = 32

  private enum Vectors: Sendable {
    case dense([Float])
    case sparse([SparseVector])
  }

  private let slices: [EncoderInput]
  private let texts: Int
  private let threads: Int
  private let encode: @Sendable (EncoderInput) throws -> Vectors
  private var found: [Vectors] = []

  init(_ options: Options) throws {
    let topics = try TopicsFile.read(options.text("input")).map(\.text)
    texts = topics.count
    threads = options.number("threads", else: 1)
    slices = stride(from: 0, to: topics.count, by: Self.textsPerSlice).map {
      .texts(ByteStrings(topics[$0..<min($0 + Self.textsPerSlice, topics.count)]))
    }
    guard let precision = Precision(rawValue: try options.text("precision")) else {
      throw Options.Missing(description: "--precision is fp32, bf16 or int8")
    }
    let model = try EncoderModels.load(options.text("model"), precision: precision)
    switch try options.text("as") {
    case "dense":
      let encoder = try DenseTransformerEncoder(model, length: options.number("length", else: 256))
      encode = { .dense(try encoder.encode($0)) }
    case "sparse":
      let encoder = try SparseTransformerEncoder(
        model, model.suggestedMethod(length: options.number("length", else: 256)))
      encode = { .sparse(try encoder.encode($0)) }
    case "tildev2":
      let expander = try TildeExpander(
        EncoderModels.load(options.text("expander"), precision: precision), terms: options.number("terms", else: 200))
      let encoder = try SparseTransformerEncoder(model, model.suggestedMethod())
      encode = { texts in
        let expansions = try expander.expand(texts)
        return .sparse(try encoder.encode(.tokens(TokenBatch(expansions.map { $0.passage + $0.terms }))))
      }
    case let other: throw Options.Missing(description: "--as is dense, sparse or tildev2, not \(other)")
    }
  }

  mutating func run() throws -> [String: Double] {
    let (slices, encode) = (slices, encode)
    var vectors: [Vectors] = []
    let seconds = try Runner.seconds {
      vectors = try Parallel.map(slices.count, threads: threads) { try encode(slices[$0]) }
    }
    found = vectors
    return ["seconds": seconds, "texts": Double(texts)]
  }

  /// Dense: `f32` of all vectors. Sparse: for each text `count:u32 terms:u32[count] weights:f32[count]`.
  func dump(to path: String) throws {
    var bytes: [UInt8] = []
    for part in found {
      switch part {
      case .dense(let values): bytes.appendLittleEndian(contentsOf: values)
      case .sparse(let vectors):
        for vector in vectors {
          bytes.appendLittleEndian(UInt32(vector.terms.count))
          bytes.appendLittleEndian(contentsOf: vector.terms)
          bytes.appendLittleEndian(contentsOf: vector.weights)
        }
      }
    }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }
}
