import Foundation
import Testing

/// What is installed beside the program.
@Suite struct ManualTests {
  @Test func theManPageHasEveryCommandAndOption() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let page = try program.run(["manual"])
    #expect(page.status == 0 && page.output.hasPrefix(".TH PIPELINE 1"))
    let help = try program.run(["help"]).output
    let commands = help.split(separator: "\n").drop { !$0.hasPrefix("SUBCOMMANDS:") }.dropFirst()
      .prefix { $0.hasPrefix("  ") && !$0.hasPrefix("  See ") }.filter { !$0.hasPrefix("   ") }.map {
        $0.split(separator: " ")[0]
      }
    #expect(commands.count >= 16)
    for command in commands {
      #expect(page.output.contains(".SS \"pipeline \(command)"), "\(command)")
      let options = try program.run([String(command), "--help"]).output.matches(of: /\n  (--[a-z-]+)/).map(\.1)
      for option in options where option != "--version" {
        #expect(page.output.contains("\\fB\(option.replacing("-", with: "\\-"))\\fR"), "\(command) \(option)")
      }
    }
    for code in ["0", "1", "2", "64", "65", "66", "69", "70", "73", "74", "75", "78"] {
      #expect(page.output.contains(".TP\n.B \(code)\n"), "exit code \(code)")
    }
    // Nothing that man would take for a macro but what is meant as one.
    let macros: Set<Substring> = [".TH", ".SH", ".SS", ".TP", ".B", ".I", ".PP"]
    for line in page.output.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
      #expect(macros.contains(line.prefix { $0 != " " }), "\(line)")
    }
  }

  @Test(arguments: ["run", "plan"]) func aFlagThatTurnsAnotherOffSaysSo(_ command: String) throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let page = try program.run(["manual"]).output
    let section = try #require(page.split(separator: ".SS \"pipeline \(command) ").dropFirst().first)
      .split(separator: "\n.SS ")[0]
    #expect(section.contains("\\fB\\-\\-no\\-forecast\\fR\nTurns \\-\\-forecast off.\n"))
    #expect(section.components(separatedBy: "uns small samples").count == 2)
  }

  @Test func theSchemaRefusesWhatIsNeverRight() throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: PipelineProgram.root + "/schemas/job.schema.json"))
    let root = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    let properties = try #require(root["properties"] as? [String: [String: Any]])
    func least(_ shape: Any?) -> [Int] {
      if let list = shape as? [Any] { return list.flatMap(least) }
      guard let shape = shape as? [String: Any] else { return [] }
      return (shape["minimum"] as? Int).map { [$0] } ?? least(shape["anyOf"])
    }
    #expect(least(properties["keep"]) == [1])
    #expect((properties["keep"]?["description"] as? String)?.contains("the one before it always stay") == true)
    #expect(least((properties["budget"]?["properties"] as? [String: Any])?["workers"]) == [1])
  }

  @Test(arguments: ["job", "pipeline"]) func theCommittedSchemasAreThoseOfTheRegistry(_ file: String) throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let schema = try program.run(["schema", file])
    #expect(schema.status == 0)
    let committed = try String(
      contentsOfFile: PipelineProgram.root + "/schemas/\(file).schema.json", encoding: .utf8)
    #expect(schema.output == committed, "make schemas writes them anew")
  }

  /// Editors find the schema by the first line of each file.
  @Test(arguments: ["jobs", "pipelines", "pipelines/lsr"]) func everyFileNamesItsSchema(_ folder: String) throws {
    let path = PipelineProgram.root + "/" + folder
    let schema = folder == "jobs" ? "job" : "pipeline"
    let up = folder.contains("/") ? "../.." : ".."
    for name in try FileManager.default.contentsOfDirectory(atPath: path) where name.hasSuffix(".yaml") {
      let text = try String(contentsOfFile: path + "/" + name, encoding: .utf8)
      #expect(text.hasPrefix("# yaml-language-server: $schema=\(up)/schemas/\(schema).schema.json\n"), "\(name)")
    }
  }

  @Test func theSchemaHasEveryStageWithItsPortsAndParameters() throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: PipelineProgram.root + "/schemas/pipeline.schema.json"))
    let root = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    let definitions = try #require(root["definitions"] as? [String: [String: Any]])
    let bm25 = try #require(definitions["encode.bm25"])
    let properties = try #require(bm25["properties"] as? [String: [String: Any]])
    #expect(Set(properties.keys) == ["use", "from", "frequencies", "k1", "b", "checkpoint", "concurrency", "retries"])
    #expect(properties["k1"]?["default"] as? Double == 0.9)
    #expect(bm25["required"] as? [String] == ["frequencies", "from", "use"])
    let read = try #require(definitions["read"]?["properties"] as? [String: [String: Any]])
    #expect(read["input"] != nil && read["invalid-utf8"] != nil)
    #expect(definitions["read"]?["required"] as? [String] == ["format", "input", "use"])
    let backend = try #require(definitions["encode.dense"]?["properties"] as? [String: [String: Any]])["backend"]
    #expect((backend?["properties"] as? [String: Any])?["command"] != nil)
  }
}
