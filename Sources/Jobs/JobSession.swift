package import Codecs
package import Dataflow
internal import Foundation
package import Kernels
internal import Shards

/// A job that is ready to be run: as in a `JobView`, and the work directory and the index are locked.
package final class JobSession: JobView {
  package let work: WorkDirectory
  private let indexLock: FileLock?

  /// - Parameters:
  ///   - until: the stage to stop at; its output is kept on disk.
  ///   - locked: called when the locks are held, before the collection is cut.
  /// Throws `ConfigError`, what stages throw for their resources, `FileLock.Held`.
  package init(_ job: Job, until: String? = nil, locked: () throws -> Void = {}) throws {
    let clock = RunClock()
    let graph = try Self.graph(of: job, until: until)
    work = try WorkDirectory(job.work)
    // Another job may have the same output, and a work directory of its own.
    indexLock = until == nil ? try Self.lock(index: job.output) : nil
    try locked()
    super.init(job, graph, work, splits: try SplitCache.splits(of: graph, in: work), clock)
  }

  /// Held by whoever changes what an index publishes. Throws `FileLock.Held`.
  package static func lock(index output: String) throws -> FileLock {
    try FileSystem.createDirectories(output)
    return try FileLock(output + "/lock")
  }

  /// Every fingerprint that a finished run of this job needs.
  private var neededFingerprints: Set<Fingerprint> {
    let names = ChunkNames(graph, splits: splits)
    let listings = graph.nodes.indices.filter { graph.nodes[$0].type.isSource }.flatMap { names.chunks[$0] }
      .map(DocumentListing.name)
    return Set(names.chunks.joined()).union(names.artifacts.compactMap { $0 }).union(listings)
  }

  /// Removes what no row speaks of, rows of other versions of the job, what interrupted builds left in the index, and
  /// generations beyond `keep`. Before a run of a collection that has changed, what the run can take over stays.
  package func collectGarbage() throws -> GarbageCollector.Result {
    let index = IndexFolder(job.output)
    _ = try index.standing()
    let plan = try plan()
    let kept = neededFingerprints.union(plan.isUpToDate ? [] : plan.takeOver(from: work))
    var result = try GarbageCollector(work).collect(keeping: kept)
    if FileSystem.exists(index.generationsPath) {
      let unfinished = plan.isUpToDate ? nil : plan.graph.sinks.first.flatMap { plan.names.artifacts[$0] }
      result.files += try index.removeStrays(keeping: unfinished).map { "index: " + $0 }
      result.files += try index.prune(keep: job.file.keep).map { "index: " + $0.path }
    }
    return result
  }

  /// Where the next run removes it, should this process be killed.
  override func scratch() throws -> ScratchFolder { try ScratchFolder(at: work.spillDirectory + "/forecast") }
}
