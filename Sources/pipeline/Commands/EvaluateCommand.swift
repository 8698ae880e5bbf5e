internal import ArgumentParser
internal import Search

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measures a run against judgements, as trec_eval does.")

  @Option(help: "Judgements: TREC's four columns, three columns, or BEIR's.", completion: .file()) var qrels: String
  @Option(name: .customLong("run"), help: "The run: TREC or MS MARCO format.", completion: .file())
  var runPath: String
  @Option(help: "Measures, separated by commas.") var measures = "nDCG@10,RR@10,AP,R@1000"
  @Flag(help: "Counts judged queries that the run lacks as 0.") var complete = false
  @Flag(help: "Prints every query.") var perQuery = false
  @Flag(help: "Prints one JSON object.") var json = false

  func run() throws {
    let evaluation = try Evaluation(
      qrels: Qrels.read(path: qrels), run: Run.read(path: runPath), measures: Measures.parse(list: measures),
      complete: complete)
    if json { try Terminal.json(evaluation) } else { Terminal.out(evaluation.table(perQuery: perQuery)) }
  }
}
