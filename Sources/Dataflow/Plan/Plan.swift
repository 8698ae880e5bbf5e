internal import Codecs

/// What a run would do, and why: a pure function of the graph, the splits and the checkpoint.
package struct Plan: Sendable {
  /// What happens to one stage.
  package struct StagePlan: Sendable {
    package let name: String
    package let use: String
    package let pass: Int
    /// Chunks that are computed, and found finished. Both 0 for a stage that is fused into those that need it.
    package let running: Int
    package let reused: Int
    /// Whether a fit or a sink puts its contributions together.
    package let combines: Bool
    /// Why, by the first piece that runs; `nil` if nothing runs.
    package let reason: Reason?
  }

  /// One chunk's work in one pass.
  package struct ChunkTask: Sendable, Hashable {
    package let source: Int
    package let chunk: Int
    /// Materialized nodes to compute, in topological order.
    package let targets: [Int]
  }

  /// One pass over the collection: chunk tasks, then the reductions that they complete.
  package struct Pass: Sendable {
    package let number: Int
    package let tasks: [ChunkTask]
    package let reductions: [Int]
  }

  package let graph: Graph
  /// By node; empty for nodes that are no source.
  package let splits: [[SourceSplit]]
  package let names: ChunkNames
  package let stages: [StagePlan]
  package let passes: [Pass]
  /// Finished indexes by sink node, where nothing has to run.
  package let finishedIndexes: [Int: String]

  /// The stages that a task runs, in order: its targets, and what feeds them and is not on disk.
  package func steps(of task: ChunkTask) -> [Int] { ChunkWork.steps(task, graph) }

  /// Chunks of the collections.
  package var chunks: Int { splits.reduce(0) { $0 + $1.count } }
  /// Bytes of the collections, uncompressed.
  package var bytes: Int { splits.joined().reduce(0) { $0 + $1.length } }
  package var isUpToDate: Bool { passes.allSatisfy { $0.tasks.isEmpty && $0.reductions.isEmpty } }
}
