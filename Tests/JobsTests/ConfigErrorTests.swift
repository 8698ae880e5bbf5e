import Dataflow
import Foundation
import Jobs
import Testing

/// The parameters of the stages in the golden pipelines.
private struct Read: Codable {
  var input: ResourcePaths
}

private struct Expand: DefaultedParameters, CheckedParameters {
  enum Rounding: String, Codable, CaseIterable {
    case ceil, truncate
    case halfEven = "half-even"
  }
  var terms = 200
  var rounding = Rounding.halfEven
  var model: ResourcePath?

  var problem: ParameterProblem? { terms < 1 ? ParameterProblem("terms", "must be at least 1") : nil }
}

@Suite struct ConfigErrorTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Golden/errors").path
  static let environment = ["MSMARCO": "/collections/msmarco", "HOME": "/home/somebody"]

  struct Mistake: CustomTestStringConvertible {
    /// The golden file, or the `--set` option.
    let name: String
    let job: String
    let overrides: [String]
    var testDescription: String { name }
  }

  static var mistakes: [Mistake] {
    get throws {
      let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }.sorted()
      let jobs = files.filter { $0.hasPrefix("job-") }.map { Mistake(name: $0, job: $0, overrides: []) }
      let pipelines = files.filter { $0.hasPrefix("pipeline-") }.map {
        Mistake(name: $0, job: "base.yaml", overrides: ["pipeline=\(folder)/\($0)"])
      }
      let sets = try String(contentsOfFile: "\(folder)/sets.tsv", encoding: .utf8).split(separator: "\n").map {
        Mistake(name: "--set \($0)", job: "base.yaml", overrides: [String($0)])
      }
      return jobs + pipelines + sets
    }
  }

  /// Everything that can be wrong in the files, the stages' parameters included.
  private static func load(_ mistake: Mistake) throws {
    let job = try Job.load(path: "\(folder)/\(mistake.job)", overrides: mistake.overrides, environment: environment)
    for stage in job.pipeline.stages {
      switch stage.use.value {
      case "read": _ = try stage.parameters(Read.self)
      default: _ = try stage.parameters(Expand.self, ports: ["from"])
      }
    }
  }

  private static func line(_ mistake: Mistake) -> String {
    do {
      try load(mistake)
      return "0\tno error"
    } catch let error as ConfigError {
      return "\(error.exitCode.rawValue)\t\(error)".replacingOccurrences(of: folder + "/", with: "")
        .replacingOccurrences(of: folder, with: ".")
    } catch {
      return "70\t\(error)"
    }
  }

  @Test func everyMistakeHasItsOneLine() throws {
    let lines = try Self.mistakes.map { "\($0.name)\t\(Self.line($0))" }
    let golden = "\(Self.folder)/expected.tsv"
    if ProcessInfo.processInfo.environment["BIGRAIN_RECORD"] != nil {
      try (lines.joined(separator: "\n") + "\n").write(toFile: golden, atomically: true, encoding: .utf8)
    }
    let expected = try String(contentsOfFile: golden, encoding: .utf8).split(separator: "\n").map(String.init)
    #expect(lines.count == expected.count)
    for (line, expected) in zip(lines, expected) { #expect(line == expected) }
  }

  /// Keys that are lists or mappings, and what aliases unfold to, are refused before the parser's comparisons of them
  /// double their time with every level. Each took longer than anybody waits.
  @Test(.timeLimit(.minutes(1))) func noTextTakesForEver() throws {
    let (a, b) = (Self.nested("a"), Self.nested("{}"))
    for (text, place) in [
      ("a: {\(a), \(a), \(b), \(b)}", "1:5"), ("!!set {\(a), \(a), \(b), \(b)}", "1:8"),
      ("x: &a \(a)\ny: &b \(b)\nz: {*a : 1, *a : 2, *b : 3, *b : 4}", "1:4"),
      ("# c\u{85}? \(a)\n# \u{85}? \(a)\n# \u{85}? \(b)\n# \u{85}? \(b)", "2:3"),
      ("# c\u{2028}? \(a)\n# \u{2028}? \(a)\n# \u{2028}? \(b)\n# \u{2028}? \(b)", "2:3"),
      ("z: [\"q\n  #\", {? \(a) , ? \(a) , ? \(b) , ? \(b) }]", "2:10"), ("? - - - a\n: 1", "1:3"),
      ("a: b\n? {c: d}\n: 1", "2:3"),
    ] {
      let error = failure { try YAMLReader(file: "x").read(Array(text.utf8)) }
      #expect(
        error?.description.hasPrefix("x:\(place): ") == true, "\(text.prefix(20)): \(error?.description ?? "none")")
    }
    let harmless =
      "a: 'is it? [a]: b, [c]: d, [e]: f, [g]: h'\nb: what ? is\n                      # far\nc: {d: [1, {e: f}]}"
    #expect(try YAMLReader(file: "x").read(Array(harmless.utf8)) != nil)
  }

  private static func nested(_ text: String) -> String {
    String(repeating: "[", count: 40) + text + String(repeating: "]", count: 40)
  }

  @Test func theJobWithoutMistakesLoads() throws {
    try Self.load(Mistake(name: "base", job: "base.yaml", overrides: []))
  }

  @Test func missingFilesAreNoInput() {
    let missing = failure { try Job.load(path: "\(Self.folder)/bsae.yaml", environment: [:]) }
    #expect(missing?.exitCode == .noInput)
    #expect(missing?.message == "no such file" && missing?.hint == "did you mean `base.yaml`?")
    let folder = failure { try Job.load(path: Self.folder, environment: [:]) }
    #expect(folder?.exitCode == .noInput && folder?.message == "is a folder")
  }

  @Test func filesBeyondOneMebibyteAreRefused() throws {
    let comment = Array(("# " + String(repeating: "x", count: 1 << 20)).utf8)
    let error = failure { try YAMLReader(file: "x.yaml").read(comment) }
    #expect(error?.description == "x.yaml: larger than 1 MiB, which no job or pipeline file should be")
  }

  @Test func asterisksInCommentsAndQuotesAreNoAliases() throws {
    let stars = String(repeating: "# * not *an alias\n", count: 40)
    let globs = (0..<40).map { "\"*.\($0)\"" }.joined(separator: ", ")
    let node = try YAMLReader(file: "x.yaml").read(Array("\(stars)a: [\(globs)]\n".utf8))
    #expect(node?["a"]?.sequence?.count == 40)
  }

  private func failure(_ body: () throws -> some Any) -> ConfigError? {
    do {
      _ = try body()
      return nil
    } catch {
      return error as? ConfigError
    }
  }
}
