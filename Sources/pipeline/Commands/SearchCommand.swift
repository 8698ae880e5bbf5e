internal import ArgumentParser
internal import Corpus
internal import Foundation
internal import Jobs
internal import Search
internal import Stages

struct SearchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Searches an index: one text, or a file of queries into a run file.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case trec, msmarco }

  @Argument(help: "The index.", completion: .directory) var index: String
  @Argument(help: "What to search for.") var text: [String] = []
  @Option(help: "Queries, `id<TAB>text` a line.", completion: .file()) var queries: String?
  @Option(name: .customLong("run"), help: "The run file to write.", completion: .file())
  var runPath: String?
  @Option(help: "How many passages; 10 for a text, 1000 for a file.") var k: Int?
  @Flag(help: "Scores every passage that has a term of the query: slower, the same result.") var exhaustive = false
  @Option(help: "The format of the run file.") var format = Format.trec
  @Option(
    help: "A model's folder, where queries need it and the index does not know it: DIR, or STAGE=DIR.",
    completion: .directory)
  var model: [String] = []
  @Option(
    help: "The job of the index, where a child process encodes its queries: an index itself starts none.",
    completion: .jobFile)
  var job: String?
  @Option(help: "What the index must have been made with, STAGE.PARAMETER=VALUE, such as weights.special=keep.")
  var expect: [String] = []
  @Option(help: "Threads.") var threads = ProcessInfo.processInfo.activeProcessorCount
  @Flag(help: "Prints one JSON object a passage.") var json = false
  @OptionGroup(title: "How to search") var how: SearchModeOptions

  func validate() throws {
    if let k, k < 1 { throw ValidationError("--k must be at least 1") }
    if (queries == nil) == text.isEmpty { throw ValidationError("give a text, or --queries FILE and --run FILE") }
    if (queries == nil) != (runPath == nil) { throw ValidationError("--queries and --run belong together") }
    if threads < 1 { throw ValidationError("--threads must be at least 1") }
    if runPath == "-" { throw ValidationError("--run needs the path of a file; a run is not printed (`-`)") }
    if queries == nil { try validateText() }
  }

  /// A text has no id, by which a line of these files could belong to it.
  private func validateText() throws {
    if !how.queryVectors.isEmpty { throw ValidationError("--query-vectors belongs to --queries FILE, not to a text") }
    if how.mode == RerankMode.name || how.rerank != nil {
      throw ValidationError("mode `rerank` and --rerank belong to --queries FILE, not to a text")
    }
  }

  func run() throws {
    if let job {
      try JobSession.nameBackends(of: Job.load(path: job, environment: ProcessInfo.processInfo.environment))
    }
    var settings = try how.settings()
    if exhaustive { settings.strategy = Exhaustive.self }
    let searcher = try IndexSearcher(index, models: model, settings: settings)
    let contract = try IndexContract(searcher.manifest)
    for expectation in expect { try contract.expect(expectation) }
    if let queries, let runPath {
      try search(searcher, TopicsFile.read(queries), into: runPath)
    } else {
      try show(searcher, text.joined(separator: " "))
    }
  }

  private func search(_ searcher: IndexSearcher, _ topics: [Topic], into path: String) throws {
    let vectors = try QueryVectors.read(how.queryVectors)
    var writer = try RunWriter(path: path, format: format == .trec ? .trec(tag: "bigrain") : .msmarco)
    try searcher.search(
      topics.map { vectors[$0.id]?.query(id: $0.id, text: $0.text) ?? SearchQuery(id: $0.id, text: $0.text) },
      k: k ?? 1000, threads: threads
    ) { id, passages in
      try writer.write(query: id, hits: passages.map { RankedDocument(document: $0.id, score: Double($0.score)) })
    }
    try writer.finish()
    Terminal.log("\(path): \(topics.count) queries")
  }

  private struct Line: Encodable {
    let id: String
    let rank: Int
    let score: Float
    let text: String?
  }

  private func show(_ searcher: IndexSearcher, _ text: String) throws {
    let passages = try searcher.search(Array(text.utf8), k: k ?? 10, threads: threads)
    for (index, passage) in passages.enumerated() {
      let id = String(decoding: passage.id, as: UTF8.self)
      let stored = try searcher.text(of: passage).map { String(decoding: $0, as: UTF8.self) }
      if json {
        try Terminal.json(Line(id: id, rank: index + 1, score: passage.score, text: stored))
      } else {
        Terminal.out("\(index + 1). \(id)  \(String(format: "%.4f", passage.score))\n   \(stored ?? "")")
      }
    }
    if passages.isEmpty { Terminal.log("nothing was found") }
  }
}
