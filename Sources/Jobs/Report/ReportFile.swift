internal import Codecs
internal import Dataflow
internal import Foundation
internal import Kernels
internal import Search
internal import Shards

/// Writes `OUTPUT/report.html` at the end of a run, however it ends: beside the generations, not in them, so that an
/// index's bytes depend on its content alone.
///
/// It costs one walk over the terms, some decoded blocks and a few passages through an expanding stage; what cannot be
/// found out is left out.
struct ReportFile {
  static let name = "report.html"
  private static let traceKey = "trace"

  let session: JobSession
  let trace: RunTrace
  let isUpToDate: Bool

  /// - Parameters:
  ///   - report: how the run ended; `nil` where it failed.
  ///   - error: why it failed.
  ///   - queries: the evaluation's queries, id to text.
  /// - Throws: where the file cannot be written.
  func write(_ report: JobRunner.Report?, error: (any Error)?, queries: [String: String]) throws {
    let graph = session.graph
    var content = ReportContent(
      job: session.job.name, outcome: outcome(report, error),
      stages: graph.nodes.map { ($0.name, $0.type.name) }, graph: StageGraph.element(graph))
    content.isUpToDate = isUpToDate
    content.trace = keptTrace()
    content.storage = storage
    if let report {
      content.computedRows = report.computedRows
      content.reusedRows = report.reusedRows
      if let folder = report.generation, let manifest = report.manifest {
        describe(folder, manifest, &content)
        content.comparison = comparison(report, folder, manifest, queries)
      }
      content.examples = (try? ExpansionExample.take(from: session)) ?? []
    }
    try FileSystem.createDirectories(session.job.output)
    try DurableFile.write(Array(ReportPage(content).html.utf8), to: "\(session.job.output)/\(Self.name)")
  }

  private func outcome(_ report: JobRunner.Report?, _ error: (any Error)?) -> ReportContent.Outcome {
    if let error { return .failed("\(error)") }
    guard let report else { return .failed("for a reason that is not known") }
    if let refusal = report.refusal { return .unpublished(refusal.description) }
    return report.isPublished ? .published : .unpublished("No index was asked for.")
  }

  /// That of this run, which is kept; where it did nothing, that of the last one that did.
  private func keptTrace() -> RunTrace.Content? {
    if isUpToDate {
      return session.work.note(Self.traceKey)
        .flatMap { try? JSONDecoder().decode(RunTrace.Content.self, from: Data($0.utf8)) }
    }
    let content = trace.soFar
    if let bytes = try? JSONEncoder().encode(content) {
      try? session.work.setNote(Self.traceKey, String(decoding: bytes, as: UTF8.self))
    }
    return content
  }

  private var storage: [ReportContent.Storage] {
    Dictionary(grouping: session.work.pieces, by: \.stage).map { stage, pieces in
      ReportContent.Storage(stage: stage, bytes: pieces.reduce(0) { $0 + $1.seal.size }, pieces: pieces.count)
    }
  }

  private func describe(_ folder: String, _ manifest: Manifest, _ content: inout ReportContent) {
    content.manifest = manifest
    content.generation = Int(FileSystem.lastComponent(of: folder))
    content.parts = (try? Inspection.describe(folder).parts) ?? []
    content.sample = (try? IndexSample(of: folder, manifest)) ?? nil
  }

  /// Keeps the evaluation and compares it with that of the generation before.
  private func comparison(
    _ report: JobRunner.Report, _ folder: String, _ manifest: Manifest, _ queries: [String: String]
  ) -> ReportContent.Comparison? {
    guard let evaluation = report.evaluation?.evaluation else { return nil }
    let entry = EvaluationHistory.Entry(evaluation, basis: report.evaluation?.basis ?? "")
    let generations = (try? IndexFolder(session.job.output).generations()) ?? []
    let manifests = generations.compactMap { generation in
      (try? generation.manifest()).map { (generation.number, $0) }
    }
    var history = EvaluationHistory(session.work)
    let previous = manifests.last {
      $0.0 < Int(FileSystem.lastComponent(of: folder)) ?? 0 && history[$0.1]?.basis == entry.basis
    }
    try? history.record(entry, of: manifest, existing: manifests.map(\.1), in: session.work)
    return ReportContent.Comparison(
      now: entry, previous: previous.flatMap { number, manifest in history[manifest].map { (number, $0) } },
      queries: queries)
  }
}
