internal import ArgumentParser
internal import Dataflow
internal import Foundation
internal import Jobs

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Says what a run would do, and why, without doing it.")

  enum Drawing: String, ExpressibleByArgument, CaseIterable { case dot, mermaid }

  @OptionGroup var options: JobOptions
  @Flag(help: "As if nothing had been done before.") var fresh = false
  @Option(help: "Plans only up to this stage.") var until: String?
  @Option(help: "Draws the stages instead, as text for Graphviz or Mermaid.") var graph: Drawing?
  @Flag(help: "Prints one JSON object.") var json = false

  func run() throws {
    let job = try options.load()
    if let graph {
      let stages = try JobSession.graph(of: job)
      Terminal.out(graph == .dot ? GraphDrawing.dot(stages) : GraphDrawing.mermaid(stages))
      return
    }
    let session = try JobSession(job, until: until)
    try session.checkEvaluation()
    for warning in session.work.warnings { Terminal.log("warning: \(warning)") }
    let plan = try session.plan(fresh: fresh, until: until)
    let summary = PlanSummary(plan, documents: try session.documentChanges())
    try session.work.close()
    if json { try Terminal.json(summary) } else { Terminal.out(summary.text) }
  }
}
