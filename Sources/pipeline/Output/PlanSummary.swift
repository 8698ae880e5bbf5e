internal import Dataflow
internal import Jobs

/// A plan as a table and as JSON.
struct PlanSummary: Encodable {
  struct Stage: Encodable {
    let name: String
    let use: String
    let pass: Int
    let running: Int
    let reused: Int
    let combines: Bool
    let reason: String?
  }

  let bytes: Int
  let chunks: Int
  /// By the name of the `read` stage; empty before the first run.
  let documents: [String: DocumentChanges]
  let passes: Int
  let stages: [Stage]
  let upToDate: Bool
  /// What the run will take; absent where nothing is to be done, or none was wanted.
  var forecast: Forecast?
  /// Where the index goes.
  var freeBytes: Int?

  init(_ plan: Plan, documents: [String: DocumentChanges] = [:]) {
    self.documents = documents
    bytes = plan.bytes
    chunks = plan.chunks
    passes = plan.passes.count
    upToDate = plan.isUpToDate
    stages = plan.stages.map {
      Stage(
        name: $0.name, use: $0.use, pass: $0.pass + 1, running: $0.running, reused: $0.reused, combines: $0.combines,
        reason: $0.reason?.description)
    }
  }

  private func text(_ forecast: Forecast) -> String {
    let free = freeBytes.map { " (\(Terminal.bytes($0)) free)" } ?? ""
    return "forecast: \(Terminal.duration(forecast.seconds)); \(Terminal.bytes(forecast.indexBytes)) for the index and"
      + " \(Terminal.bytes(forecast.workBytes)) for chunks\(free); \(Terminal.bytes(forecast.memoryBytes)) of memory;"
      + " from samples of \(Terminal.bytes(forecast.sampleBytes))"
  }

  var text: String {
    var lines = ["collection: \(Terminal.grouped(chunks)) chunks, \(Terminal.bytes(bytes))"]
    for (source, changes) in documents.sorted(by: { $0.key < $1.key }) {
      lines.append(
        "documents of \(source): \(Terminal.grouped(changes.documents)); \(Terminal.grouped(changes.new)) new,"
          + " \(Terminal.grouped(changes.changed)) changed, \(Terminal.grouped(changes.deleted)) deleted,"
          + " \(Terminal.grouped(changes.unchanged)) as they were")
    }
    var rows = [["stage", "use", "pass", "run", "reuse", "why"]]
    rows += stages.map { stage in
      let isFused = stage.running == 0 && stage.reused == 0 && !stage.combines
      let why = stage.reason ?? (isFused ? "fused into the stages that need it" : "finished")
      return [stage.name, stage.use, String(stage.pass), String(stage.running), String(stage.reused), why]
    }
    let widths = (0..<5).map { column in rows.map { $0[column].count }.max() ?? 0 }
    for row in rows {
      let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
      lines.append("  " + (cells + [row[5]]).joined(separator: "  "))
    }
    lines.append(upToDate ? "nothing to do" : "\(passes) pass\(passes == 1 ? "" : "es") over the collection")
    if let forecast { lines.append(text(forecast)) }
    return lines.joined(separator: "\n")
  }
}
