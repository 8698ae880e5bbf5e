internal import Dataflow
internal import Jobs
internal import Kernels

extension FuzzTarget {
  static var configuration: [FuzzTarget] {
    [
      FuzzTarget("yaml") { _ = try YAMLReader(file: "input").read($0)?.canonicalBytes }, FuzzTarget("job", job),
      FuzzTarget("cron", cron),
    ]
  }

  /// A job file and, behind the first NUL, its pipeline.
  private static func job(_ bytes: [UInt8]) throws {
    let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    _ = try Scratch.file(Array(parts.count > 1 ? parts[1] : []), name: "pipeline.yaml")
    let path = try Scratch.file(Array(parts[0]), name: "job.yaml")
    let job = try Job.load(path: path, environment: ["A": "b"])
    for stage in job.pipeline.stages { _ = try stage.parameters([String: ConfigNode].self) }
  }

  /// Times ascend, and each lies after the start; in a zone with the changes of the clock.
  private static func cron(_ bytes: [UInt8]) throws {
    let text = String(decoding: bytes, as: UTF8.self)
    let expression = try CronExpression(text, at: SourceLocation(file: "input", line: 1, column: 1))
    let start = 1_700_000_000
    let times = expression.next(3, after: start)
    precondition(zip([start] + times, times).allSatisfy { $0 < $1 })
  }
}
