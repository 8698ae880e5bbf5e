internal import ArgumentParser
internal import Codecs
internal import Corpus
internal import Dispatch
internal import Encoders
internal import Foundation
internal import Inference
internal import Synchronization

struct EncodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode", abstract: "Prints what a model makes of texts, one JSON line a text.")

  enum Form: String, ExpressibleByArgument, CaseIterable { case sparse, dense, tilde, multivector }
  enum Side: String, ExpressibleByArgument, CaseIterable { case documents, queries }

  @Option(help: "A model's folder.", completion: .directory) var model: String
  @Option(help: "What to print: term weights, a vector, TILDE's expanded ids, a vector a token.") var `as`: Form
  @Option(help: "Texts, `id<TAB>text` a line; standard input without it.", completion: .file()) var input: String?
  @Option(help: "Threads.") var threads = ProcessInfo.processInfo.activeProcessorCount
  @Option(help: "The numbers to compute with: fp32, bf16 or int8.") var precision = Precision.fp32
  @Option(help: "Ids that go through the model, special ones included; each form has its own default.") var length: Int?
  @Option(help: "Texts are documents, or queries where these go another way.") var side = Side.documents
  @Option(help: "For tilde: the largest logits that are looked at.") var terms = 200

  @Option(help: "For tilde: whether --terms counts terms proposed, as the authors do, or added.")
  var counting = TildeExpander.Counting.proposed

  func validate() throws {
    if threads < 1 { throw ValidationError("--threads must be at least 1") }
    if let length, length < 4 { throw ValidationError("--length must be at least 4") }
    if terms < 0 { throw ValidationError("--terms must not be negative") }
  }

  func run() throws {
    let loaded = try EncoderModels.load(model, precision: precision, side: side == .documents ? .documents : .queries)
    let writer = try writer(loaded)
    let atOnce = 1024 * min(threads, 1024)
    var waiting: [Topic] = []
    try TopicsFile.read(input ?? "/dev/stdin") { topics in
      waiting += topics
      while waiting.count >= atOnce {
        for lines in try encode(Array(waiting.prefix(atOnce)), writer) { Terminal.out(lines) }
        waiting.removeFirst(atOnce)
      }
    }
    for lines in try encode(waiting, writer) { Terminal.out(lines) }
  }

  /// The lines of each slice of 64 texts, in order.
  private func encode(_ topics: [Topic], _ writer: @escaping @Sendable ([Topic]) throws -> [UInt8]) throws -> [[UInt8]]
  {
    let slices = stride(from: 0, to: topics.count, by: 64).map { Array(topics[$0..<min($0 + 64, topics.count)]) }
    let results = Mutex<[Int: Result<[UInt8], any Error>]>([:])
    let next = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, slices.count))) { _ in
      while true {
        let index = next.withLock { next -> Int in
          defer { next += 1 }
          return next
        }
        guard index < slices.count else { return }
        let result = Result { try writer(slices[index]) }
        results.withLock { $0[index] = result }
      }
    }
    let found = results.withLock { $0 }
    return try slices.indices.compactMap { try found[$0]?.get() }
  }

  private struct Weights: Encodable {
    let id: String
    let vector: [String: Float]
  }

  private struct Numbers: Encodable {
    let id: String
    let vector: [Float]
  }

  private struct Vectors: Encodable {
    let id: String
    let vectors: [[Float]]
  }

  private struct Expanded: Encodable {
    let pid: String
    let psg: [Int32]
    let terms: [String]
    let scores: [Float]
  }

  private func writer(_ model: EncoderModel) throws -> @Sendable ([Topic]) throws -> [UInt8] {
    switch `as` {
    case .sparse:
      let encoder = try sparseEncoder(model)
      return { topics in
        try Self.lines(zip(topics, encoder.encode(Self.texts(topics)))) { topic, vector in
          let entries = zip(vector.terms, vector.weights).map { (model.name(of: $0), $1) }
          return Weights(id: topic.name, vector: Dictionary(entries, uniquingKeysWith: max))
        }
      }
    case .dense:
      let encoder = try DenseTransformerEncoder(model, length: length)
      return { topics in
        let values = try encoder.encode(Self.texts(topics))
        return try Self.lines(topics.enumerated()) { index, topic in
          let row = (index * encoder.dimension)..<((index + 1) * encoder.dimension)
          return Numbers(id: topic.name, vector: Array(values[row]))
        }
      }
    case .tilde:
      let expander = try TildeExpander(model, terms: terms, counting: counting, length: length ?? 128)
      return { topics in
        try Self.lines(zip(topics, expander.expand(Self.texts(topics)))) { topic, expansion in
          Expanded(
            pid: topic.name, psg: expansion.passage + expansion.terms, terms: expansion.terms.map(model.name),
            scores: expansion.scores)
        }
      }
    case .multivector:
      let encoder = try ColBERTEncoder(model, length: length ?? 220, queryLength: length ?? 32)
      let isQuery = side == .queries
      return { topics in
        let rows = try topics.map { topic in
          isQuery ? try encoder.encodeQuery(topic.text) : try encoder.encode(Self.texts([topic])).values
        }
        return try Self.lines(zip(topics, rows)) { topic, values in
          let vectors = stride(from: 0, to: values.count, by: encoder.dimension).map {
            Array(values[$0..<($0 + encoder.dimension)])
          }
          return Vectors(id: topic.name, vectors: vectors)
        }
      }
    }
  }

  /// As the folder says, or its heads suggest.
  private func sparseEncoder(_ model: EncoderModel) throws -> any SparseEncoder {
    if let table = TermTableEncoder(model, length: length ?? 256) { return table }
    return try SparseTransformerEncoder(model, model.suggestedMethod(length: length))
  }

  private static func texts(_ topics: [Topic]) -> EncoderInput { .texts(ByteStrings(topics.map(\.text))) }

  private static func lines<Element, Line: Encodable>(
    _ elements: some Sequence<Element>, _ line: (Element) throws -> Line
  ) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
    var bytes: [UInt8] = []
    for element in elements { bytes += Array(try encoder.encode(line(element))) + [UInt8(ascii: "\n")] }
    return bytes
  }
}

extension Topic {
  fileprivate var name: String { String(decoding: id, as: UTF8.self) }
}

extension Precision: ExpressibleByArgument {}
extension TildeExpander.Counting: ExpressibleByArgument {}
