internal import ArgumentParser
internal import Corpus
internal import Interchange
internal import Kernels
internal import Shards
internal import Stages

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes an index in another engine's format.",
    discussion: ExportFormats.all.map { "\($0.name): \($0.summary)" }.joined(separator: "\n"))

  @Argument(help: "The index.", completion: .directory) var index: String
  @Option(help: "\(ExportFormats.all.map { $0.name }.joined(separator: ", ")).") var format: String
  @Option(help: "The file to write; formats of several files add suffixes.", completion: .file()) var output: String
  @Option(
    help: "What the format cannot hold is cut, and counted, instead of refused: impacts, terms, ids. May come again.")
  var clip: [String] = []
  @Option(
    help: "Queries, encoded for the sparse side and written beside, as PATH.queries.jsonl.", completion: .file())
  var queries: String?
  @Option(
    help: "A model's folder, where queries need it and the index does not know it: DIR, or STAGE=DIR.",
    completion: .directory)
  var model: [String] = []
  @Flag(help: "Writes the stored text too, where the format has a place for it.") var text = false
  @Flag(help: "Prints one JSON object.") var json = false

  func validate() throws {
    if ExportFormats.named(format) == nil {
      throw ValidationError("no format is called `\(format)`; there are \(ExportFormats.all.map { $0.name })")
    }
    for name in clip where ExportOptions.Clip(rawValue: name) == nil {
      throw ValidationError("--clip takes \(ExportOptions.Clip.allCases.map(\.rawValue)), not `\(name)`")
    }
  }

  /// Query vectors, for engines that do not encode: `{"id": ..., "vector": {term: weight}}` a line.
  private func write(_ queries: String, to files: ExportOutput) throws {
    let location = try IndexLocation.resolve(index)
    let encoder = try QueryEncoder(
      IndexContract(Manifest.read(from: location.path)), generation: location.path,
      models: ModelLocations.of(location.index?.path, options: model))
    let topics = try TopicsFile.read(queries)
    try QueryVectorFile.write(topics.map { (id: $0.id, query: try encoder.sparse($0.text)) }, to: files)
  }

  private struct Summary: Encodable {
    struct File: Encodable {
      let path: String
      let bytes: Int
      let sha256: String
    }
    let format: String
    let documents: Int
    let terms: Int
    let postings: Int
    let clipped: [String: Int]
    let notes: [String]
    let files: [File]
  }

  func run() throws {
    guard let format = ExportFormats.named(format) else { return }
    var options = ExportOptions()
    options.clip = Set(clip.compactMap(ExportOptions.Clip.init(rawValue:)))
    options.text = text
    let files = ExportOutput(path: output)
    let report = try format.export(ExportSource(index), to: files, options: options)
    if let queries { try write(queries, to: files) }
    let seals = try files.commit()
    if json {
      return try Terminal.json(
        Summary(
          format: format.name, documents: report.documents, terms: report.terms, postings: report.postings,
          clipped: report.clipped, notes: report.notes,
          files: seals.map { .init(path: $0.path, bytes: $0.seal.size, sha256: "\($0.seal.fingerprint)") }))
    }
    for (path, seal) in seals { Terminal.out("\(path): \(Terminal.bytes(seal.size))") }
    Terminal.log(
      "\(Terminal.grouped(report.documents)) documents, \(Terminal.grouped(report.terms)) terms,"
        + " \(Terminal.grouped(report.postings)) postings")
    for (what, count) in report.clipped.sorted(by: { $0.key < $1.key }) {
      Terminal.log("clipped: \(Terminal.grouped(count)) \(what)")
    }
    for note in report.notes { Terminal.log("note: \(note)") }
  }
}
