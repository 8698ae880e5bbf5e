internal import Dataflow
internal import Jobs
internal import Search

/// The end of a run, for people and for programs.
struct RunReport {
  let report: JobRunner.Report
  let plan: Plan
  let seconds: Double

  private struct Summary: Encodable {
    let chunks: Int
    let computedRows: Int
    let documents: Int?
    let evaluation: Evaluation?
    let generation: String?
    let postings: Int?
    let published: Bool
    let quarantined: [String: Int]
    let reusedRows: Int
    let seconds: Double
    let upToDate: Bool
  }

  func print(json: Bool) throws {
    if json {
      try Terminal.json(
        Summary(
          chunks: plan.chunks, computedRows: report.computedRows, documents: report.manifest?.documents,
          evaluation: report.evaluation?.evaluation,
          generation: report.generation, postings: report.manifest?.postings, published: report.isPublished,
          quarantined: report.manifest?.quarantined ?? [:], reusedRows: report.reusedRows, seconds: seconds,
          upToDate: report.isUpToDate))
      return
    }
    if let manifest = report.manifest, let generation = report.generation {
      let work = report.isUpToDate ? "up to date" : "built in \(Terminal.duration(seconds))"
      Terminal.out(
        "\(generation): \(Terminal.grouped(manifest.documents)) documents, \(Terminal.grouped(manifest.postings)) postings,"
          + " \(Terminal.bytes(manifest.bytes)), \(work)")
      if report.reusedRows > 0 {
        Terminal.out(
          "  \(Terminal.grouped(report.computedRows)) rows encoded, \(Terminal.grouped(report.reusedRows)) taken over")
      }
      for (reason, count) in manifest.quarantined.sorted(by: { $0.key < $1.key }) {
        Terminal.out("  in quarantine: \(count) \(reason)")
      }
    } else {
      Terminal.out(report.isUpToDate ? "up to date" : "done in \(Terminal.duration(seconds))")
    }
    if let evaluation = report.evaluation?.evaluation { Terminal.out("\n" + evaluation.table()) }
  }
}
