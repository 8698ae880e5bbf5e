internal import ArgumentParser
internal import Jobs

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Shows what every stage makes of one document.")

  @OptionGroup var options: JobOptions
  @Option(help: "The document's id.") var document: String

  func run() throws {
    let session = try JobView(viewing: options.load())
    for warning in session.checkpoint.warnings { Terminal.log("warning: \(warning)") }
    let steps = try Explanation.explain(Array(document.utf8), in: session)
    for step in steps {
      Terminal.out("\(step.stage) (\(step.use))")
      for line in step.lines { Terminal.out("  " + line) }
    }
  }
}
