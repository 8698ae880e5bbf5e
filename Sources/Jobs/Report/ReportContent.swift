internal import Dataflow
internal import Shards

/// What `report.html` tells of a run. Whatever could not be found out is absent, and its section with it.
struct ReportContent {
  enum Outcome {
    case published
    /// Built and not published, or no index asked for; why.
    case unpublished(String)
    case failed(String)
  }

  /// Passages that were measured before and now.
  struct Comparison {
    let now: EvaluationHistory.Entry
    /// The number and the evaluation of the generation before.
    let previous: (generation: Int, entry: EvaluationHistory.Entry)?
    /// Query id to text.
    let queries: [String: String]
  }

  /// What a stage keeps on disk for the next run.
  struct Storage {
    let stage: String
    let bytes: Int
    let pieces: Int
  }

  let job: String
  let outcome: Outcome
  /// The number of the generation.
  var generation: Int?
  var manifest: Manifest?
  var trace: RunTrace.Content?
  /// Whether this run did nothing, and `trace` is of the one that built the index.
  var isUpToDate = false
  var computedRows = 0
  var reusedRows = 0
  /// In the order of the graph.
  let stages: [(name: String, use: String)]
  var storage: [Storage] = []
  var parts: [Inspection.Part] = []
  var sample: IndexSample?
  var comparison: Comparison?
  var examples: [ExpansionExample] = []
  /// The drawing and its natural width, pixels.
  let graph: (svg: String, width: Double)

  /// The colour of each stage: the ones that took longest have their own.
  var series: [String: Int] {
    let work = trace?.stages ?? [:]
    let byTime = work.sorted {
      $0.value.seconds == $1.value.seconds ? $0.key < $1.key : $0.value.seconds > $1.value.seconds
    }
    return Dictionary(uniqueKeysWithValues: byTime.enumerated().map { ($1.key, $0) })
  }
}
