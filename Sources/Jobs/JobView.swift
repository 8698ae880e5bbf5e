package import Dataflow
internal import Foundation
internal import Stages

/// A job that can be planned: the graph is checked, what its work directory holds is known, the collection is cut. Takes
/// no lock and writes nothing, so it may be had while the job runs.
package class JobView {
  package let job: Job
  package let graph: Graph
  package let checkpoint: any CheckpointView
  package let splits: [[SourceSplit]]
  /// How long it took to load models and to cut the collection.
  let startSeconds: Double

  /// - Parameter until: the stage to stop at.
  /// Throws `ConfigError`, and what stages throw for their resources.
  package convenience init(viewing job: Job, until: String? = nil) throws {
    let clock = RunClock()
    let graph = try Self.graph(of: job, until: until)
    let checkpoint = try CheckpointSnapshot(reading: job.work)
    self.init(
      job, graph, checkpoint, splits: try SplitCache.splits(of: graph, knownTo: checkpoint), clock)
  }

  init(_ job: Job, _ graph: Graph, _ checkpoint: any CheckpointView, splits: [[SourceSplit]], _ clock: RunClock) {
    self.job = job
    self.graph = graph
    self.checkpoint = checkpoint
    self.splits = splits
    startSeconds = clock.seconds
  }

  /// The checked graph, without touching the work directory.
  package static func graph(of job: Job, until: String? = nil) throws -> Graph {
    if let until, job.pipeline.stage(until) == nil {
      throw ConfigError(
        .commandLine("--until"), "there is no stage `\(until)`",
        hint: Suggestion.hint(for: until, among: job.pipeline.stages.map(\.name)))
    }
    return try GraphBuilder(
      registry: StageRegistry.all, indexDirectory: job.output, recordLimit: job.file.limits.record.bytes,
      kept: until.map { [$0] } ?? []
    ).build(job.pipeline.stages)
  }

  /// Reads the queries and judgements of the job's evaluation, if it has one, and throws what is wrong with them.
  package func checkEvaluation() throws { _ = try evaluator() }

  /// What judges the job's index, if anything does.
  func evaluator() throws -> JobEvaluator? {
    guard let settings = job.file.evaluate else { return nil }
    let evaluator = try JobEvaluator(settings)
    try evaluator.check(graph)
    return evaluator
  }

  /// Makes known to this process which child processes encode for the job, so that its index can be searched: each is
  /// named by what its worker says it is, when its stage is made.
  package static func nameBackends(of job: Job) throws { _ = try graph(of: job) }

  package func plan(fresh: Bool = false, until: String? = nil) throws -> Plan {
    try Planner(graph, splits: splits, checkpoint: checkpoint, fresh: fresh).plan(
      goals: until.flatMap { graph.index(of: $0) }.map { [$0] })
  }

  /// How the collections differ from those of the last finished run, by the names of their `read` stages.
  package func documentChanges() throws -> [String: DocumentChanges] {
    let names = ChunkNames(graph, splits: splits)
    var changes: [String: DocumentChanges] = [:]
    for (index, node) in graph.nodes.enumerated() where node.type.isSource {
      changes[node.name] = try DocumentChanges(
        of: index, graph: graph, splits: splits[index], names: names, work: checkpoint)
    }
    return changes
  }

  /// Models that queries of the index need.
  var models: [ModelUse] { graph.nodes.flatMap { ($0.stage as? any ModelUsing)?.models ?? [] } }

  /// Workers that the job asks for, at least 1.
  package var workers: Int {
    switch job.file.budget.workers {
    case .auto: max(1, ProcessInfo.processInfo.activeProcessorCount)
    case .count(let count): count
    }
  }

  /// A new folder for what is thrown away, on the disk of the work directory.
  func scratch() throws -> ScratchFolder { try ScratchFolder.near(job.work) }
}
