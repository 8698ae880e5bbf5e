package import Codecs
package import Dataflow
internal import Foundation
internal import Kernels
internal import Shards
internal import Stages

/// A job that is ready to be planned and run: the graph is checked, the work directory is locked, the collection is cut.
package final class JobSession {
  package let job: Job
  package let graph: Graph
  package let work: WorkDirectory
  package let splits: [[SourceSplit]]
  /// How long it took to load models and to cut the collection.
  let startSeconds: Double

  /// - Parameters:
  ///   - until: the stage to stop at; its output is kept on disk.
  /// Throws `ConfigError`, what stages throw for their resources, `FileLock.Held`.
  package init(_ job: Job, until: String? = nil) throws {
    let clock = RunClock()
    self.job = job
    graph = try Self.graph(of: job, until: until)
    work = try WorkDirectory(job.work)
    splits = try SplitCache.splits(of: graph, in: work)
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
  package func checkEvaluation() throws { _ = try job.file.evaluate.map { try JobEvaluator($0) } }

  /// Makes known to this process which child processes encode for the job, so that its index can be searched: each is
  /// named by what its worker says it is, when its stage is made.
  package static func nameBackends(of job: Job) throws { _ = try graph(of: job) }

  package func plan(fresh: Bool = false, until: String? = nil) throws -> Plan {
    try Planner(graph, splits: splits, checkpoint: work, fresh: fresh).plan(
      goals: until.flatMap { graph.index(of: $0) }.map { [$0] })
  }

  /// How the collections differ from those of the last finished run, by the names of their `read` stages.
  package func documentChanges() throws -> [String: DocumentChanges] {
    let names = ChunkNames(graph, splits: splits)
    var changes: [String: DocumentChanges] = [:]
    for (index, node) in graph.nodes.enumerated() where node.type.isSource {
      changes[node.name] = try DocumentChanges(
        of: index, graph: graph, splits: splits[index], names: names, work: work)
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

  /// Every fingerprint that a finished run of this job needs.
  package var neededFingerprints: Set<Fingerprint> {
    let names = ChunkNames(graph, splits: splits)
    let listings = graph.nodes.indices.filter { graph.nodes[$0].type.isSource }.flatMap { names.chunks[$0] }
      .map(DocumentListing.name)
    return Set(names.chunks.joined()).union(names.artifacts.compactMap { $0 }).union(listings)
  }

  /// Removes what no row speaks of, rows of other versions of the job, and what interrupted builds left in the index.
  package func collectGarbage() throws -> GarbageCollector.Result {
    var result = try GarbageCollector(work).collect(keeping: neededFingerprints)
    let index = IndexFolder(job.output)
    if FileSystem.exists(index.generationsPath) {
      result.files += try index.removeStrays().map { "index: " + $0 }
    }
    return result
  }
}
