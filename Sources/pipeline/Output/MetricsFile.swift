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
/// goes on, and when it ends, however it ends. What a run does not know yet, or never comes to know, is taken over from
/// the file that is there: an alert on the last exit code or the last evaluation does not pause while a run goes on.
final class MetricsFile: Sendable {
  private struct State {
    var progress: RunProgress?
    var written = Date.distantPast
  }

  private let path: String
  private let job: String
  private let begun = Date()
  /// What the file that was there said of the job.
  private let previous: Metrics
  private let state = Mutex(State())
  /// A signal's end may come while the run writes: one at a time, and nothing after the end.
  private let hasEnded = Mutex(false)
  private static let interval = 10.0
  private static let successName = "bigrain_last_success_timestamp_seconds"

  /// - Parameters:
  ///   - path: the file, ending in `.prom` where node_exporter should see it.
  ///   - job: the label `job_name` of every value.
  init(_ path: String, job: String) {
    self.path = path
    self.job = job
    previous = Metrics(reading: (try? String(contentsOfFile: path, encoding: .utf8)) ?? "", job: job)
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

  /// - Parameters:
  ///   - code: the exit code that the process will end with.
  ///   - isElsewhere: whether the run may not even have begun, while another is at work: whether one is stays as the file
  ///     has it.
  func end(_ report: JobRunner.Report?, code: Int32, isElsewhere: Bool = false) throws {
    var metrics = Metrics(job)
    metrics.add("bigrain_last_exit_code", "The exit code of the last run.", Double(code))
    if let report { Self.add(report, to: &metrics) }
    if code == 0 {
      metrics.add(Self.successName, "When a run last ended well.", Date().timeIntervalSince1970.rounded())
    }
    try write(metrics, isRunning: isElsewhere ? nil : false, isLast: true)
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
    if let manifest = report.manifest, manifest.quarantined.isEmpty { metrics.drop("bigrain_quarantined_records") }
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

  private func write(_ metrics: Metrics, isRunning: Bool?, isLast: Bool = false) throws {
    try hasEnded.withLock { hasEnded in
      if hasEnded { return }
      hasEnded = isLast
      try put(metrics, isRunning: isRunning)
    }
  }

  private func put(_ metrics: Metrics, isRunning: Bool?) throws {
    var metrics = metrics
    let progress = state.withLock { $0.progress }
    if let isRunning { metrics.add("bigrain_running", "Whether a run is going on.", isRunning ? 1 : 0) }
    metrics.add("bigrain_run_seconds", "Seconds of the last run so far.", Date().timeIntervalSince(begun))
    metrics.add("bigrain_pass", "The pass over the collection that is going on.", Double(progress?.pass ?? 0))
    metrics.add("bigrain_pass_chunks_done", "Chunks done in the pass.", Double(progress?.chunksDone ?? 0))
    metrics.add("bigrain_pass_chunks", "Chunks of the pass.", Double(progress?.chunks ?? 0))
    metrics.add("bigrain_pass_tokens", "Tokens so far in the pass.", Double(progress?.tokens ?? 0))
    metrics.takeOver(previous)
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
  private let label: String
  /// Name and lines of each, in the order in which they came.
  private var families: [(name: String, lines: [String])] = []

  init(_ job: String) { label = "{job_name=\"\(Self.escaped(job))\"" }

  /// The values that a text of ours has for the job; of a text of others, none.
  init(reading text: String, job: String) {
    self.init(job)
    for line in text.split(separator: "\n").map(String.init) {
      if line.hasPrefix("# TYPE bigrain_"), let name = line.split(separator: " ").dropFirst(2).first {
        families.append((String(name), [line]))
      } else if let last = families.indices.last {
        let name = families[last].name
        let isHelp = line.hasPrefix("# HELP \(name) ")
        let isOurs = line.hasPrefix(name + label + "}") || line.hasPrefix(name + label + ",")
        if isHelp || isOurs { families[last].lines.append(line) }
      }
    }
    families.removeAll { $0.lines.allSatisfy { $0.hasPrefix("#") } }
  }

  /// Adds what `other` has and this has not.
  mutating func takeOver(_ other: Metrics) {
    let names = Set(families.map(\.name))
    families += other.families.filter { !names.contains($0.name) }
  }

  /// Nothing of this name is taken over.
  mutating func drop(_ name: String) { families.append((name, [])) }

  mutating func add(_ name: String, _ help: String, _ value: Double) {
    add(name, help, [(label: "", text: "", value: value)])
  }

  mutating func add(_ name: String, _ help: String, _ values: [(label: String, text: String, value: Double)]) {
    if values.isEmpty { return }
    var lines = ["# TYPE \(name) gauge", "# HELP \(name) \(help)"]
    for (key, text, value) in values {
      let more = key.isEmpty ? "" : ",\(key)=\"\(Self.escaped(text))\""
      let number = value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
      lines.append("\(name)\(label)\(more)} \(number)")
    }
    families.append((name, lines))
  }

  private static func escaped(_ text: String) -> String {
    // By scalars: a quote with an accent on it is a quote.
    text.unicodeScalars.reduce(into: "") { escaped, scalar in
      switch scalar {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
  }

  var text: String { (families.flatMap(\.lines) + ["# EOF"]).joined(separator: "\n") + "\n" }
}
