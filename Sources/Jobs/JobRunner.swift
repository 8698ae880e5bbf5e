package import Dataflow
internal import Foundation
package import Kernels
package import Shards
internal import Stages

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
    /// What there is to say of a run that went well.
    package var warnings: [String] = []
    /// Rows that went through expensive stages, and rows taken over from earlier runs.
    package var computedRows = 0
    package var reusedRows = 0
  }

  /// Why a generation that was built is not published.
  package struct Refusal: ExitCoded, CustomStringConvertible {
    package let exitCode: ExitCode
    let reason: String
    /// It was published before it would have been refused.
    var isPublished = false

    init(exitCode: ExitCode, reason: String) {
      self.exitCode = exitCode
      self.reason = reason
    }

    package var description: String {
      isPublished
        ? "\(reason): the index was published before and stays so; `pipeline publish` says that it is good, `pipeline"
          + " rollback` goes back"
        : "\(reason): the index is built but not published; `pipeline publish` publishes it as it is"
    }
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
    let evaluator = try session.evaluator()
    let trace = RunTrace(workers: workers)
    let page = ReportFile(session: session, trace: trace, isUpToDate: plan.isUpToDate)
    do {
      let report = try run(evaluator, trace, observe: observe, started: started)
      for warning in report.warnings { observe(.warning(warning)) }
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
      evaluation = try trace.timed("evaluation of the index") { try evaluator.evaluate(folder, threads: workers) }
      refusal = evaluation?.refusal
    }
    let generation = try index.generations().first { $0.path == folder }
    let isCurrent = try generation != nil && index.standing() == generation
    // What is published may be the same and damaged, of which this is the repair.
    let isSame = try isCurrent || index.standingFingerprint() == manifest.fingerprint.description
    let isApproved = try index.isApproved(manifest.fingerprint)
    var warnings: [String] = []
    if isApproved, let reason = refusal?.reason {
      // Somebody has looked at it and published it: the next runs of a schedule are not to fail for it every night.
      warnings.append("\(reason); an index of the same was published by hand, so this one is too")
      refusal = nil
    } else if isSame {
      refusal?.isPublished = true
    } else if refusal == nil, try index.isWithdrawn(manifest.fingerprint) {
      refusal = Refusal(
        exitCode: .success, reason: "\(session.job.output) was rolled back from what is built from this")
    }
    let isPublished = generation != nil && (isSame || refusal == nil)
    if let generation {
      if isPublished, !isCurrent { try index.publish(generation, byHand: isApproved) }
      if refusal != nil { try index.refuse(generation) } else if isCurrent { try index.confirm(generation) }
    }
    do { try index.prune(keep: session.job.file.keep) } catch {
      // What was to be published is published, and the next run removes what is too much.
      warnings.append("old generations could not be removed: \(error)")
    }
    return Report(
      generation: folder, manifest: manifest, isUpToDate: plan.isUpToDate, isPublished: isPublished,
      evaluation: evaluation, refusal: refusal, warnings: warnings)
  }

  /// An empty index would take the place of a good one.
  private func emptyRefusal(_ manifest: Manifest) -> Refusal? {
    guard manifest.documents == 0 else { return nil }
    return Refusal(
      exitCode: .badData, reason: "the collection has no documents")
  }

  private func quarantineRefusal(_ manifest: Manifest) -> Refusal? {
    let rejected = manifest.quarantined.values.reduce(0, +)
    let records = manifest.documents + rejected
    let allowed = session.job.file.limits.quarantine.value
    guard records > 0, Double(rejected) > allowed * Double(records) else { return nil }
    let reasons = manifest.quarantined.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
    return Refusal(
      exitCode: .quarantineExceeded,
      reason:
        "\(rejected) of \(records) records are in quarantine (\(reasons.joined(separator: ", "))), more than "
        + "limits.quarantine (\(allowed)) allows (look at quarantine.jsonl in its folder)")
  }
}
