internal import Codecs
internal import Corpus
internal import Foundation
internal import Kernels
package import Search
internal import Stages

internal import struct Dataflow.ConfigError
internal import struct Dataflow.Graph
internal import enum Dataflow.Suggestion

/// What the evaluation of a finished index found.
package struct JobEvaluation: Sendable {
  /// `nil` where no query found anything.
  package let evaluation: Evaluation?
  /// Digest of what was asked and how, and of the judgements.
  let basis: String
  /// Measures that are below what the job demands.
  package let refusal: JobRunner.Refusal?
}

/// The queries and judgements of a job, read before anything runs: a wrong path is found at once.
struct JobEvaluator {
  private let settings: EvaluationSettings
  private var queries: [Topic]
  private let qrels: Qrels
  private let measures: [any Measure]

  init(_ settings: EvaluationSettings) throws {
    self.settings = settings
    measures = try (settings.measures + settings.failBelow.map(\.measure)).reduce(into: []) { measures, name in
      do {
        let measure = try Measures.parse(name.value)
        if !measures.contains(where: { $0.description == measure.description }) { measures.append(measure) }
      } catch {
        throw ConfigError(name.location, "\(error)")
      }
    }
    queries = try TopicsFile.read(settings.queries.path)
    qrels = try Qrels.read(path: settings.qrels.path)
    if !queries.contains(where: { qrels.judgements[$0.id] != nil }) {
      throw Strangers(queries: settings.queries.path, qrels: settings.qrels.path)
    }
  }

  /// Throws `ConfigError` for what an index of this pipeline cannot be asked, before it is built.
  func check(_ graph: Graph) throws {
    guard let sink = graph.sinks.first else { return }
    let inputs = Set(graph.nodes[sink].inputs.keys)
    if let mode = settings.mode {
      guard let type = SearchModes.named(mode.value) else {
        let names = SearchModes.all.map { $0.name }
        throw ConfigError(
          mode.location, "there is no mode `\(mode.value)`",
          hint: Suggestion.hint(for: mode.value, among: names) ?? "there are \(names.joined(separator: ", "))")
      }
      if type == RerankMode.self {
        throw ConfigError(mode.location, "mode `\(mode.value)` ranks the documents of a run again, and a job has none")
      }
      if let missing = type.needs.first(where: { !inputs.contains($0) }) {
        throw ConfigError(
          mode.location, "mode `\(mode.value)` needs `\(missing)`, which the index of this pipeline lacks",
          hint: "give stage `\(graph.nodes[sink].name)` the input `\(missing)`, or choose another mode")
      }
    }
    if let probes = settings.probes {
      // Other stages that give a quantizer may have lists from the one that they begin with.
      let quantizer = graph.nodes[sink].inputs["quantizer"].map { graph.nodes[$0].stage.parameters }
      let isWithoutLists = (quantizer as? FitPQ.Parameters).map { ($0.lists ?? 0) == 0 } ?? (quantizer == nil)
      if isWithoutLists {
        throw ConfigError(
          probes.location, "`probes` counts lists of codes, and the index of this pipeline has none",
          hint: "set `lists` in stage `\(FitPQ.name)`, or leave `probes` out")
      }
    }
  }

  /// The files do not belong together.
  struct Strangers: ExitCoded, CustomStringConvertible {
    let queries: String
    let qrels: String
    var exitCode: ExitCode { .badData }
    var description: String { "\(qrels): it judges no query of \(queries); do the two files belong together?" }
  }

  /// The queries' texts by their ids.
  var texts: [String: String] {
    Dictionary(
      queries.map { (String(decoding: $0.id, as: UTF8.self), String(decoding: $0.text, as: UTF8.self)) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The same with so many of the queries, evenly taken.
  func limited(to count: Int) -> JobEvaluator {
    var limited = self
    let all = queries
    if count < all.count { limited.queries = (0..<count).map { all[$0 * all.count / count] } }
    return limited
  }

  var queryCount: Int { queries.count }

  /// Searches the generation in `folder` and measures the result: means over all judged queries of the job, for one that
  /// finds nothing is the worst of all, and no reason to leave it out.
  func evaluate(_ folder: String, threads: Int) throws -> JobEvaluation {
    var search = SearchSettings()
    search.mode = settings.mode?.value
    search.candidates = settings.candidates
    search.probes = settings.probes?.value
    search.weight = settings.weight
    let searcher = try IndexSearcher(folder, settings: search)
    // By way of a run's lines, so that ties count here as they do in a run file that is measured later.
    var lines: [UInt8] = []
    try searcher.search(
      queries.map { SearchQuery(id: $0.id, text: $0.text) }, k: settings.k, threads: threads
    ) { id, passages in
      lines += try RunFormat.trec(tag: "bigrain").lines(
        query: id, hits: passages.map { RankedDocument(document: $0.id, score: Double($0.score)) }, path: folder)
    }
    let asked = Set(queries.map(\.id))
    do {
      let evaluation = try Evaluation(
        qrels: Qrels(qrels.judgements.filter { asked.contains($0.key) }), run: Run.parse(lines, path: folder),
        measures: measures, complete: true)
      return JobEvaluation(evaluation: evaluation, basis: basis, refusal: refusal(evaluation))
    } catch let error as EvaluationError {
      return JobEvaluation(
        evaluation: nil, basis: basis, refusal: JobRunner.Refusal(exitCode: .badData, reason: "\(error)"))
    }
  }

  private var basis: String {
    var hasher = FingerprintHasher()
    for query in queries {
      hasher.field(query.id)
      hasher.field(query.text)
    }
    for query in qrels.queries {
      hasher.field(query)
      for (document, grade) in (qrels.judgements[query] ?? [:]).sorted(by: { $0.key.lexicographicallyPrecedes($1.key) })
      {
        hasher.field(document)
        hasher.field("\(grade)")
      }
    }
    let (mode, probes) = (settings.mode?.value ?? "", settings.probes?.value ?? 0)
    hasher.field("\(mode) \(settings.k) \(settings.candidates) \(probes) \(settings.weight ?? -1)")
    return hasher.finalize().description
  }

  private func refusal(_ evaluation: Evaluation) -> JobRunner.Refusal? {
    let failed = settings.failBelow.compactMap { gate -> String? in
      guard let measure = try? Measures.parse(gate.measure.value), let value = evaluation.mean(measure.description),
        value < gate.atLeast
      else { return nil }
      return "\(measure.description) is \(String(format: "%.4f", value)), below \(gate.atLeast)"
    }
    if failed.isEmpty { return nil }
    return JobRunner.Refusal(
      exitCode: .evaluationGate,
      reason: "the evaluation gate failed: \(failed.joined(separator: "; "))")
  }
}
