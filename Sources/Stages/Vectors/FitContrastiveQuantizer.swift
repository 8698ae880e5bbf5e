package import Codecs
package import Dataflow
internal import Foundation
internal import Kernels
internal import Quantizers

/// Improves a product quantizer by BiDR's contrastive loss on (query, passage) pairs: see `ContrastiveTraining`.
///
/// Queries come from `make.queries` or from elsewhere, encoded: a query has its passage's id. Nine of ten pairs are
/// learnt from; on the others it is measured how many of the ten passages with the best dense scores are among the
/// candidates by codes, before and after. Where that is no better, the quantizer is passed on as it was. The run tells
/// both figures.
package struct FitContrastiveQuantizer: FitStage {
  package static let name = "fit.contrastiveQuantizer"
  package static let version = 1
  package static let summary = "improves a product quantizer by BiDR's contrastive loss on queries and passages"
  package static let ports = [
    Port.stream("from", DenseVectors.type), Port.stream("queries", DenseVectors.type),
    Port.artifact("quantizer", FitPQ.kind),
  ]
  package static let output = StageOutput.artifact(FitPQ.kind)
  package static let reproducibility = Reproducibility.tolerance(1e-3)

  package struct Parameters: DefaultedParameters, CheckedParameters, Sendable {
    package var epochs = 3
    package var batch = 64
    package var rate = 2e-4
    package var temperature = 0.05
    /// Passages to learn from, and to look for candidates in; fewer where the memory budget asks for it.
    package var sample = 16384
    /// Candidates that recall is measured among; by default 1 of 100 passages.
    package var candidates: Int?
    package var seed = 7

    package init() {}

    package var problem: ParameterProblem? {
      if epochs < 0 { return ParameterProblem("epochs", "must be at least 0") }
      if batch < 2 { return ParameterProblem("batch", "must be at least 2") }
      if !(rate > 0 && rate.isFinite) { return ParameterProblem("rate", "must be above 0") }
      if !(temperature > 0 && temperature.isFinite) { return ParameterProblem("temperature", "must be above 0") }
      if let candidates, candidates < 1 { return ParameterProblem("candidates", "must be at least 1") }
      return sample < 100 ? ParameterProblem("sample", "must be at least 100") : nil
    }
  }

  package let parameters: Parameters
  private var seed: UInt64 { UInt64(bitPattern: Int64(parameters.seed)) }

  package init(parameters: Parameters, environment: StageEnvironment) throws { self.parameters = parameters }

  /// A passage with a query contributes two vectors, its own and the query's; one without contributes its own.
  package func contribute(_ inputs: StageInputs, to path: String, attempt: Int) throws -> FileSeal {
    let passages = DenseVectors(inputs.stream())
    let queries = DenseVectors(inputs.stream("queries"))
    let dimension = passages.dimension
    var rows: [ArraySlice<UInt8>: Int] = [:]
    for row in queries.ids.indices where rows[queries.ids[row]] == nil { rows[queries.ids[row]] = row }
    var values: [Float] = []
    var starts = [0]
    for row in passages.ids.indices {
      values += passages.values[row * dimension..<(row + 1) * dimension]
      if let query = rows[passages.ids[row]], queries.dimension == dimension {
        values += queries.values[query * dimension..<(query + 1) * dimension]
      }
      starts.append(values.count / max(dimension, 1))
    }
    return try RowSample.write(
      ids: passages.ids, dimension: dimension, values: values, vectors: { starts[$0]..<starts[$0 + 1] }, seed: seed,
      fraction: 1, limit: parameters.sample, to: path, attempt: attempt)
  }

  package func combine(_ reduction: Reduction, to path: String, attempt: Int) throws -> FileSeal {
    guard let start = try reduction.artifact("quantizer", as: ProductQuantizer.self) else {
      preconditionFailure("the port is required")
    }
    let sample = try RowSample.collect(
      reduction, vectors: { reduction.memoryBytes / (6 * 4 * $0) }, records: { min($0, parameters.sample) })
    let pairs = Pairs(sample)
    guard pairs.queries.count >= 20 * sample.dimension else {
      reduction.tell(
        "\(Self.name) is skipped: \(pairs.positives.count) pairs of queries and passages are too few to learn from")
      return try start.write(to: path, attempt: attempt)
    }
    let threads = ProcessInfo.processInfo.activeProcessorCount
    let measure = RecallMeasure(pairs, candidates: parameters.candidates, threads: threads)
    let before = measure.recall(start)
    var settings = ContrastiveTraining.Settings()
    settings.epochs = parameters.epochs
    settings.batch = parameters.batch
    settings.rate = Float(parameters.rate)
    settings.temperature = Float(parameters.temperature)
    settings.seed = seed
    settings.threads = threads
    let learnt = pairs.training
    var training = ContrastiveTraining(
      start, passages: pairs.passages, queries: learnt.queries, positives: learnt.positives, settings: settings)
    let trained = try training.run { try reduction.checkCancellation() }
    let after = measure.recall(trained)
    let figures =
      "of the ten passages with the best dense scores, among \(measure.candidates) candidates by codes of "
      + "\(pairs.passages.count / sample.dimension) passages, for \(measure.queries) queries that were held out: "
      + "\(String(format: "%.4f", before)) before, \(String(format: "%.4f", after)) after"
    if after <= before {
      reduction.tell("\(Self.name) does not help and is skipped: \(figures)")
      return try start.write(to: path, attempt: attempt)
    }
    reduction.tell("\(Self.name): \(figures)")
    return try trained.write(to: path, attempt: attempt)
  }
}

/// Passages, and queries of some of them.
private struct Pairs {
  let dimension: Int
  /// (passages, dimension).
  private(set) var passages: [Float] = []
  /// (queries, dimension).
  private(set) var queries: [Float] = []
  /// (queries): numbers of passages.
  private(set) var positives: [Int] = []

  init(_ sample: RowSample.Collected) {
    dimension = max(sample.dimension, 1)
    var start = 0
    for count in sample.counts {
      let passage = start * dimension..<(start + 1) * dimension
      if count == 2 {
        positives.append(passages.count / dimension)
        queries += sample.values[passage.upperBound..<passage.upperBound + dimension]
      }
      passages += sample.values[passage]
      start += count
    }
  }

  /// Every tenth query is held out.
  var training: (queries: [Float], positives: [Int]) {
    let kept = positives.indices.filter { $0 % 10 != 0 }
    return (kept.flatMap { queries[$0 * dimension..<($0 + 1) * dimension] }, kept.map { positives[$0] })
  }

  var heldOut: [[Float]] {
    positives.indices.filter { $0 % 10 == 0 }.map { Array(queries[$0 * dimension..<($0 + 1) * dimension]) }
  }
}

/// How many of the ten passages with the best dense scores are among the candidates by codes.
private struct RecallMeasure {
  let candidates: Int
  private let pairs: Pairs
  private let threads: Int
  private let asked: [[Float]]
  /// (queries): the ten best.
  private let best: [[Int]]

  var queries: Int { asked.count }

  init(_ pairs: Pairs, candidates: Int?, threads: Int) {
    self.pairs = pairs
    self.threads = threads
    let dimension = pairs.dimension
    let count = pairs.passages.count / dimension
    self.candidates = candidates ?? max(10, count / 100)
    let asked = Array(pairs.heldOut.prefix(300))
    self.asked = asked
    best = Parallel.results(asked.count, threads: threads) { query in
      let scores = (0..<count).map {
        VectorKernels.dot(asked[query], Array(pairs.passages[$0 * dimension..<($0 + 1) * dimension]))
      }
      return CodeSearch.largest(scores, k: 10)
    }
  }

  func recall(_ quantizer: ProductQuantizer) -> Double {
    let rotated = quantizer.rotate(pairs.passages)
    let search = CodeSearch(quantizer, rotated: rotated, count: pairs.passages.count / pairs.dimension)
    let shares = Parallel.results(asked.count, threads: threads) { query -> Double in
      let found = Set(search.best(quantizer.rotate(asked[query]).values, k: candidates))
      return Double(best[query].filter(found.contains).count) / Double(max(best[query].count, 1))
    }
    return shares.isEmpty ? 0 : shares.reduce(0, +) / Double(shares.count)
  }
}
