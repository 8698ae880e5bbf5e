package import Codecs
package import Dataflow
internal import Foundation
internal import Kernels
internal import Shards

/// A job that is ready to be run: as in a `JobView`, and the work directory is locked.
package final class JobSession: JobView {
  package let work: WorkDirectory

  /// - Parameters:
  ///   - until: the stage to stop at; its output is kept on disk.
  /// Throws `ConfigError`, what stages throw for their resources, `FileLock.Held`.
  package init(_ job: Job, until: String? = nil) throws {
    let clock = RunClock()
    let graph = try Self.graph(of: job, until: until)
    work = try WorkDirectory(job.work)
    super.init(job, graph, work, splits: try SplitCache.splits(of: graph, in: work), clock)
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

  /// Where the next run removes it, should this process be killed.
  override func scratch() throws -> ScratchFolder { try ScratchFolder(at: work.spillDirectory + "/forecast") }
}
