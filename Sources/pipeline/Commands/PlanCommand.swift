internal import ArgumentParser
internal import Dataflow
internal import Foundation
internal import Jobs

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Says what a run would do, and why, without doing it.")

  enum Drawing: String, ExpressibleByArgument, CaseIterable { case svg, mermaid, dot }

  @OptionGroup var options: JobOptions
  @Flag(help: "As if nothing had been done before.") var fresh = false
  @Option(help: "Plans only up to this stage.") var until: String?
  @Option(help: "Draws the stages instead: as a picture, or as text for Mermaid or Graphviz.") var graph: Drawing?
  @Flag(inversion: .prefixedNo, help: "Runs small samples to say what time, disk and memory the run will take.")
  var forecast = true
  @Flag(help: "Prints one JSON object.") var json = false

  func validate() throws {
    guard graph != nil else { return }
    for (option, isGiven) in [("--json", json), ("--until", until != nil), ("--fresh", fresh)] where isGiven {
      throw ValidationError("--graph draws all stages and plans nothing: leave \(option) out")
    }
  }

  func run() throws {
    let job = try options.load()
    if let graph {
      let stages = try JobSession.graph(of: job)
      switch graph {
      case .svg: Terminal.out(StageGraph.svg(stages))
      case .mermaid: Terminal.out(StageGraph.mermaid(stages))
      case .dot: Terminal.out(StageGraph.dot(stages))
      }
      return
    }
    let session = try JobView(viewing: job, until: until)
    try session.checkEvaluation()
    for warning in session.checkpoint.warnings { Terminal.log("warning: \(warning)") }
    let plan = try session.plan(fresh: fresh, until: until)
    var summary = PlanSummary(plan, documents: try session.documentChanges())
    let preflight = Preflight(job)
    if forecast && until == nil {
      summary.forecast = try Forecast(session, plan, workers: session.workers)
      summary.freeBytes = preflight.freeBytes
    }
    if json { try Terminal.json(summary) } else { Terminal.out(summary.text) }
    if let forecast = summary.forecast { try preflight.check(forecast) }
  }
}
