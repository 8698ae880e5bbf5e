internal import Dataflow
internal import Foundation
internal import Jobs
internal import Kernels
internal import Search
internal import Shards
internal import Synchronization

/// What a run has to tell a monitor: an OpenMetrics text file for node_exporter's textfile collector (`--metrics FILE`).
///
/// Written by rename, so that a scrape reads the old file or the new one: when the run begins, every ten seconds while it
/// goes on, and when it ends, however it ends. The time of the last success is taken over from the file that is there.
final class MetricsFile: Sendable {
  private struct State {
    var progress: RunProgress?
    var written = Date.distantPast
  }

  private let path: String
  private let job: String
  private let begun = Date()
  private let lastSuccess: Double?
  private let state = Mutex(State())
  private static let interval = 10.0
  private static let successName = "bigrain_last_success_timestamp_seconds"

  /// - Parameters:
  ///   - path: the file, ending in `.prom` where node_exporter should see it.
  ///   - job: the label `job_name` of every value.
  init(_ path: String, job: String) {
    self.path = path
    self.job = job
    let old = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    lastSuccess = old.split(separator: "\n").last { $0.hasPrefix(Self.successName + "{") }
      .flatMap { $0.split(separator: " ").last }.flatMap { Double($0) }
  }

  func begin() throws { try write(Metrics(job), isRunning: true) }

  func observe(_ event: RunEvent) {
    guard case .progress(let progress) = event else { return }
    let isDue = state.withLock { state in
      state.progress = progress
      guard Date().timeIntervalSince(state.written) >= Self.interval else { return false }
      state.written = Date()
      return true
    }
    // The run goes on without the monitor; the last write of all must succeed.
    if isDue { try? write(Metrics(job), isRunning: true) }
  }

  /// - Parameter code: the exit code that the process will end with.
  func end(_ report: JobRunner.Report?, code: Int32) throws {
    var metrics = Metrics(job)
    metrics.add("bigrain_last_exit_code", "The exit code of the last run.", Double(code))
    if let report { Self.add(report, to: &metrics) }
    let success = code == 0 ? Date().timeIntervalSince1970.rounded() : lastSuccess
    try write(metrics, isRunning: false, success: success)
  }

  private static func add(_ report: JobRunner.Report, to metrics: inout Metrics) {
    if let manifest = report.manifest {
      metrics.add("bigrain_index_documents", "Documents of the generation.", Double(manifest.documents))
      metrics.add("bigrain_index_postings", "Postings of the generation.", Double(manifest.postings))
      metrics.add("bigrain_index_bytes", "Bytes of the generation.", Double(manifest.bytes))
      metrics.add(
        "bigrain_quarantined_records", "Records that could not be used, by reason.",
        manifest.quarantined.sorted { $0.key < $1.key }.map { (label: "reason", text: $0.key, value: Double($0.value)) }
      )
    }
    metrics.add("bigrain_published", "Whether the generation is published.", report.isPublished ? 1 : 0)
    metrics.add("bigrain_rows_computed", "Rows that went through expensive stages.", Double(report.computedRows))
    metrics.add("bigrain_rows_reused", "Rows taken over from earlier runs.", Double(report.reusedRows))
    if let evaluation = report.evaluation?.evaluation {
      metrics.add(
        "bigrain_evaluation_mean", "Means of the job's measures.",
        evaluation.measures.map { measure in
          (label: "measure", text: measure.description, value: evaluation.mean(measure.description) ?? 0)
        })
    }
  }

  private func write(_ metrics: Metrics, isRunning: Bool, success: Double? = nil) throws {
    var metrics = metrics
    let progress = state.withLock { $0.progress }
    metrics.add("bigrain_running", "Whether a run is going on.", isRunning ? 1 : 0)
    metrics.add("bigrain_run_seconds", "Seconds of the last run so far.", Date().timeIntervalSince(begun))
    metrics.add("bigrain_pass", "The pass over the collection that is going on.", Double(progress?.pass ?? 0))
    metrics.add("bigrain_pass_chunks_done", "Chunks done in the pass.", Double(progress?.chunksDone ?? 0))
    metrics.add("bigrain_pass_chunks", "Chunks of the pass.", Double(progress?.chunks ?? 0))
    metrics.add("bigrain_pass_tokens", "Tokens so far in the pass.", Double(progress?.tokens ?? 0))
    if let success = success ?? lastSuccess {
      metrics.add(Self.successName, "When a run last ended well.", success)
    }
    let temporary = path + ".tmp-\(getpid())"
    do {
      let file = try FileAppender(creating: temporary)
      try file.write(Array(metrics.text.utf8))
      try file.synchronizeAndClose()
      try FileSystem.rename(temporary, to: path)
    } catch {
      try? FileSystem.removeFile(temporary)
      throw error
    }
  }
}

/// OpenMetrics 1.0 text: gauges only. https://prometheus.io/docs/specs/om/open_metrics_spec/
private struct Metrics {
  private let job: String
  private var lines: [String] = []

  init(_ job: String) { self.job = job }

  mutating func add(_ name: String, _ help: String, _ value: Double) {
    add(name, help, [(label: "", text: "", value: value)])
  }

  mutating func add(_ name: String, _ help: String, _ values: [(label: String, text: String, value: Double)]) {
    if values.isEmpty { return }
    lines += ["# TYPE \(name) gauge", "# HELP \(name) \(help)"]
    for (label, text, value) in values {
      let more = label.isEmpty ? "" : ",\(label)=\"\(Self.escaped(text))\""
      let number = value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
      lines.append("\(name){job_name=\"\(Self.escaped(job))\"\(more)} \(number)")
    }
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }

  var text: String { (lines + ["# EOF"]).joined(separator: "\n") + "\n" }
}
