internal import ArgumentParser
internal import Corpus
internal import Foundation
internal import Search
internal import Stages

struct SearchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Searches an index: one text, or a file of queries into a run file.")

  enum Mode: String, ExpressibleByArgument, CaseIterable { case sparse }
  enum Format: String, ExpressibleByArgument, CaseIterable { case trec, msmarco }

  @Argument(help: "The index.") var index: String
  @Argument(help: "What to search for.") var text: [String] = []
  @Option(help: "Queries, `id<TAB>text` a line.") var queries: String?
  @Option(name: .customLong("run"), help: "The run file to write.") var runPath: String?
  @Option(help: "How many passages; 10 for a text, 1000 for a file.") var k: Int?
  @Option(help: "How to search.") var mode = Mode.sparse
  @Flag(help: "Scores every passage that has a term of the query: slower, the same result.") var exhaustive = false
  @Option(help: "The format of the run file.") var format = Format.trec
  @Option(help: "A model's folder, where the index needs it for queries.") var model: String?
  @Option(help: "Queries at once.") var threads = ProcessInfo.processInfo.activeProcessorCount
  @Flag(help: "Prints one JSON object a passage.") var json = false

  func validate() throws {
    if let k, k < 1 { throw ValidationError("--k must be at least 1") }
    if (queries == nil) == text.isEmpty { throw ValidationError("give a text, or --queries FILE and --run FILE") }
    if (queries == nil) != (runPath == nil) { throw ValidationError("--queries and --run belong together") }
  }

  private var strategy: any EvaluationStrategy.Type { exhaustive ? Exhaustive.self : MaxScore.self }

  func run() throws {
    let searcher = try IndexSearcher(index, model: model)
    if let queries, let runPath {
      try search(searcher, TopicsFile.read(queries), into: runPath)
    } else {
      try show(searcher, text.joined(separator: " "))
    }
  }

  private func search(_ searcher: IndexSearcher, _ topics: [Topic], into path: String) throws {
    var writer = try RunWriter(path: path, format: format == .trec ? .trec(tag: "bigrain") : .msmarco)
    try searcher.search(
      topics.map { (id: $0.id, text: $0.text) }, k: k ?? 1000, strategy: strategy, threads: threads
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
    let passages = try searcher.search(Array(text.utf8), k: k ?? 10, strategy: strategy)
    for (index, passage) in passages.enumerated() {
      let id = String(decoding: passage.id, as: UTF8.self)
      let stored = try searcher.text(of: passage).map { String(decoding: $0, as: UTF8.self) }
      if json {
        try Terminal.json(Line(id: id, rank: index + 1, score: passage.score, text: stored))
      } else {
        Terminal.out("\(index + 1). \(id)  \(String(format: "%.4f", passage.score))\n   \(stored ?? "")")
      }
    }
    if passages.isEmpty { Terminal.log("no passage has a term of the query") }
  }
}
