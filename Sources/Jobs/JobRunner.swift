package import Dataflow
internal import Foundation
package import Kernels
package import Shards
internal import Stages

internal import struct Search.EvaluationError

/// Runs a job from its plan to the published index: build, count the quarantine, evaluate, publish.
package struct JobRunner {
  /// How a run ended.
  package struct Report: Sendable {
    package let generation: String?
    package let manifest: Manifest?
    package let isUpToDate: Bool
    package let isPublished: Bool
    package let evaluation: JobEvaluation?
    /// Why the generation was not published, if it was not.
    package let refusal: Refusal?
    /// Rows that went through expensive stages, and rows taken over from earlier runs.
    package var computedRows = 0
    package var reusedRows = 0
  }

  /// A generation that was built and not published.
  package struct Refusal: ExitCoded, CustomStringConvertible {
    package let exitCode: ExitCode
    package let description: String
  }

  private let session: JobSession
  private let plan: Plan
  private let workers: Int

  package init(_ session: JobSession, plan: Plan, workers: Int?) {
    self.session = session
    self.plan = plan
    self.workers = workers ?? session.workers
  }

  /// - Parameters:
  ///   - observe: told of progress.
  ///   - started: given the run before it starts, so that signals can drain it.
  package func run(observe: @escaping @Sendable (RunEvent) -> Void, started: (Run) -> Void) throws -> Report {
    let evaluator = try session.job.file.evaluate.map { try JobEvaluator($0) }
    let trace = RunTrace(workers: workers)
    let page = ReportFile(session: session, trace: trace, isUpToDate: plan.isUpToDate)
    do {
      let report = try run(evaluator, trace, observe: observe, started: started)
      // A run does not fail for its report.
      do { try page.write(report, error: nil, queries: evaluator?.texts ?? [:]) } catch {
        observe(.warning("the report could not be written: \(error)"))
      }
      return report
    } catch {
      try? page.write(nil, error: error, queries: [:])
      throw error
    }
  }

  private func run(
    _ evaluator: JobEvaluator?, _ trace: RunTrace, observe: @escaping @Sendable (RunEvent) -> Void,
    started: (Run) -> Void
  ) throws -> Report {
    let run = Run(
      plan, work: session.work,
      settings: Run.Settings(
        workers: workers, memoryBytes: session.job.file.budget.memory.bytes, clock: trace.clock,
        observe: {
          trace.observe($0)
          observe($0)
        }))
    started(run)
    let indexes = try run.execute()
    guard let folder = indexes.values.first, plan.graph.sinks.count == 1 else {
      return Report(
        generation: nil, manifest: nil, isUpToDate: plan.isUpToDate, isPublished: false, evaluation: nil, refusal: nil)
    }
    var report = try publish(folder, evaluator, trace)
    (report.computedRows, report.reusedRows) = run.rows
    return report
  }

  private func publish(_ folder: String, _ evaluator: JobEvaluator?, _ trace: RunTrace) throws -> Report {
    let index = IndexFolder(session.job.output)
    try ModelLocations.record(session.models, in: session.job.output)
    let manifest = try Manifest.read(from: folder)
    var refusal = quarantineRefusal(manifest) ?? emptyRefusal(manifest)
    var evaluation: JobEvaluation?
    if refusal == nil, let evaluator {
      do {
        evaluation = try trace.timed("evaluation") { try evaluator.evaluate(folder, threads: workers) }
        refusal = evaluation?.refusal
      } catch let error as EvaluationError {
        refusal = Refusal(exitCode: .badData, description: "\(error). The index is built but not published")
      }
    }
    let generation = try index.generations().first { $0.path == folder }
    var isPublished = false
    if refusal == nil, let generation {
      if try index.current() != generation { try index.publish(generation) }
      try index.prune(keep: session.job.file.keep)
      isPublished = true
    }
    return Report(
      generation: folder, manifest: manifest, isUpToDate: plan.isUpToDate, isPublished: isPublished,
      evaluation: evaluation, refusal: refusal)
  }

  /// An empty index would take the place of a good one.
  private func emptyRefusal(_ manifest: Manifest) -> Refusal? {
    guard manifest.documents == 0 else { return nil }
    return Refusal(
      exitCode: .badData,
      description: "the collection has no documents: the index is built but not published; `pipeline publish` publishes"
        + " it as it is")
  }

  private func quarantineRefusal(_ manifest: Manifest) -> Refusal? {
    let rejected = manifest.quarantined.values.reduce(0, +)
    let records = manifest.documents + rejected
    let allowed = session.job.file.limits.quarantine.value
    guard records > 0, Double(rejected) > allowed * Double(records) else { return nil }
    let reasons = manifest.quarantined.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    return Refusal(
      exitCode: .quarantineExceeded,
      description:
        "\(rejected) of \(records) records are in quarantine (\(reasons.joined(separator: ", "))), more than "
        + "limits.quarantine (\(allowed)) allows: the index is built but not published. Look at "
        + "quarantine.jsonl in its folder; `pipeline publish` publishes it as it is")
  }
}
