import Dataflow
import Testing

@Suite struct ConfigNodeTests {
  @Test(
    arguments: [
      ("", .null), ("~", .null), ("Null", .null), ("nULL", .text("nULL")), ("yes", .text("yes")),
      ("TRUE", .boolean(true)),
      ("tRUE", .text("tRUE")), ("0o17", .integer(15)), ("017", .integer(17)), ("+12", .integer(12)),
      ("-0", .integer(0)),
      ("0xfF", .integer(255)), ("0b1", .text("0b1")), ("12:30", .text("12:30")), ("1.", .float(1)), (".5", .float(0.5)),
      (".", .text(".")), ("+", .text("+")), ("1e5", .float(1e5)), ("1e", .text("1e")), ("e5", .text("e5")),
      ("-.inf", .float(-.infinity)), ("1.2.3", .text("1.2.3")), ("2020-01-01", .text("2020-01-01")), ("٣", .text("٣")),
      ("99999999999999999999999999999999999999999", .float(1e41)),
    ] as [(String, ConfigScalar.Resolved)])
  func plainScalarsMeanWhatTheCoreSchemaSays(text: String, meaning: ConfigScalar.Resolved) {
    #expect(ConfigScalar(text: text, style: .plain).resolved == meaning)
    #expect(ConfigScalar(text: text, style: .quoted).resolved == .text(text))
  }

  @Test func replacingMakesMappingsOnTheWay() throws {
    let node = ConfigNode.map(["a": .map(["b": .plain("1")])])
    let value = ConfigNode.untyped("2")
    #expect(try node.replacing(["a", "b"], with: value).node(at: ["a", "b"]) == value)
    #expect(try node.replacing(["c", "d", "e"], with: value).node(at: ["c", "d", "e"]) == value)
    #expect(try node.replacing(["a", "b"], with: value).keys == ["a"])
    #expect(throws: ConfigError.self) { try node.replacing(["a", "b", "c"], with: value) }
  }

  @Test func locationsPrintAsEditorsReadThem() {
    #expect("\(SourceLocation(file: "jobs/x.yaml", line: 12, column: 7))" == "jobs/x.yaml:12:7")
    #expect("\(SourceLocation(file: "jobs/x.yaml"))" == "jobs/x.yaml")
    #expect("\(SourceLocation.commandLine("--set a.b"))" == "--set a.b")
    #expect(ConfigError(.commandLine("--set a"), "no").exitCode == .usage)
    #expect(ConfigError(SourceLocation(file: "a"), "no").exitCode == .configuration)
  }

  @Test(
    arguments: [
      ("terns", "terms"), ("Terms", "terms"), ("trems", "terms"), ("termz", "terms"), ("k", "k1"),
      ("checkpiont", "checkpoint"),
      ("quantize.impact", "quantize.impacts"), ("xyz", nil), ("q", nil), ("", nil),
      ("documentfrequency", "documentFrequencies"),
    ] as [(String, String?)])
  func suggestionsAreNear(word: String, expected: String?) {
    let known = ["terms", "k1", "b", "checkpoint", "quantize.impacts", "documentFrequencies"]
    #expect(Suggestion.nearest(to: word, among: known) == expected)
  }

  @Test(arguments: [
    ("jobs", "../data", "data"), ("jobs", "x", "jobs/x"), ("", "../x", "../x"), ("a/b", "../../../x", "../x"),
    ("/", "../x", "/../x"), ("/a", "../x", "/x"), ("jobs", "/x", "/x"), ("..", "../x", "../../x"),
    ("./jobs", "./x", "jobs/x"),
    ("jobs", "..", "."),
  ])
  func pathsStartAtTheFileTheyAreWrittenIn(folder: String, path: String, expected: String) {
    #expect(ResourcePath.resolve(path, from: folder) == expected)
  }
}
