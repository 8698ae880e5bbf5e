import Foundation
import Kernels
import Testing

/// What a run tells programs that watch it.
@Suite struct SeeingTests {
  private func values(_ path: String) throws -> [String: Double] {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.hasSuffix("# EOF\n"))
    var values: [String: Double] = [:]
    var typed: Set<Substring> = []
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if line.hasPrefix("# TYPE ") {
        #expect(typed.insert(words[2]).inserted && words[3] == "gauge", "\(line)")
      } else if !line.hasPrefix("#") {
        #expect(typed.contains(words[0].prefix { $0 != "{" }), "\(line)")
        values[String(words[0])] = try #require(Double(words[1]))
      }
    }
    return values
  }

  @Test func aMonitorReadsOpenMetrics() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let path = program.folder + "/bigrain.prom"
    let begun = Date().timeIntervalSince1970.rounded(.down)
    #expect(try program.run(["run", program.job, "--metrics", path]).status == 0)
    let first = try values(path)
    #expect(first["bigrain_index_documents{job_name=\"job\"}"] == 323)
    #expect(first["bigrain_last_exit_code{job_name=\"job\"}"] == 0)
    #expect(first["bigrain_running{job_name=\"job\"}"] == 0)
    #expect(first["bigrain_published{job_name=\"job\"}"] == 1)
    let success = try #require(first["bigrain_last_success_timestamp_seconds{job_name=\"job\"}"])
    #expect(success >= begun)
    // A run that fails says so, and leaves the time of the last success.
    let missing = ["run", program.job, "--set", "inputs.collection=/nowhere/x.tsv", "--metrics", path]
    #expect(try program.run(missing).status == 66)
    let second = try values(path)
    #expect(second["bigrain_last_exit_code{job_name=\"job\"}"] == 66)
    #expect(second["bigrain_last_success_timestamp_seconds{job_name=\"job\"}"] == success)
    // So does one whose job file cannot be read, and one whose words nobody takes.
    #expect(try program.run(["run", program.job, "--set", "nonsense=1", "--metrics", path]).status == 64)
    #expect(try values(path)["bigrain_last_exit_code{job_name=\"job\"}"] == 64)
    // What it did not come to know is what it was.
    #expect(try values(path)["bigrain_index_documents{job_name=\"job\"}"] == 323)
    #expect(try program.run(["run", program.folder + "/other.yaml", "--metrics", path]).status == 66)
    #expect(try values(path)["bigrain_last_success_timestamp_seconds{job_name=\"other\"}"] == nil)
    #expect(try program.run(["run", program.job, "--metrics", path]).status == 0)
    let full = try program.shell("$PIPELINE run job.yaml --metrics \(path) > /dev/full")
    #expect(full.status == 74 && full.errors.contains("standard output"), "\(full.errors)")
    #expect(try values(path)["bigrain_running{job_name=\"job\"}"] == 0)
    #expect(try values(path)["bigrain_last_exit_code{job_name=\"job\"}"] == 0)
    // Stopped at once.
    let stopped = try program.shell(
      "$PIPELINE run job.yaml --fresh --metrics \(path) & sleep 0.2; kill -TERM $!; kill -INT $!; wait $!")
    #expect([0, 75].contains(stopped.status), "\(stopped.errors)")
    #expect(try values(path)["bigrain_running{job_name=\"job\"}"] == 0)
    #expect(try program.run(["run", program.job, "--metrics", path]).status == 0)
    // A second run leaves the file to the first.
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    let lock = try FileLock(program.folder + "/out/work/lock")
    #expect(try program.run(["run", program.job, "--metrics", path]).status == 75)
    #expect(try program.run(["run", program.job, "--set", "inputs.collection=/nowhere", "--metrics", path]).status > 0)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    withExtendedLifetime(lock) {}
    #expect(try FileManager.default.contentsOfDirectory(atPath: program.folder).allSatisfy { !$0.contains(".tmp-") })
  }

  @Test func messagesAreJSONLinesOnRequest() throws {
    struct Line: Decodable {
      let level: String
      let message: String
      let time: Date
    }
    let program = try PipelineProgram()
    defer { program.remove() }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    let good = try program.run(["run", program.job, "--log-format", "json"])
    #expect(good.status == 0)
    let lines = try good.errors.split(separator: "\n").map { try decoder.decode(Line.self, from: Data($0.utf8)) }
    #expect(lines.contains { $0.message.hasPrefix("pass 1 of 3") && $0.level == "info" })
    let bad = try program.run(
      ["run", program.job, "--set", "inputs.collection=/nowhere/x.tsv", "--log-format", "json"])
    let error = try decoder.decode(Line.self, from: Data(bad.errors.utf8))
    #expect(bad.status == 66 && error.level == "error" && error.message.contains("/nowhere/x.tsv"))
  }

  @Test(arguments: ["bash", "zsh", "fish"]) func shellsGetTheirCompletions(_ shell: String) throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let script = try program.run(["--generate-completion-script", shell])
    #expect(script.status == 0 && script.output.contains("schedule") && script.output.contains("metrics"))
  }

  /// Each place wants files of its kind, and none of them a word that is completed from nothing.
  @Test func pathsAreCompleted() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let script = try program.run(["--generate-completion-script", "bash"]).output
    func function(_ command: String) -> Substring {
      script.split(separator: "_pipeline_\(command)() {", maxSplits: 1).last?.split(separator: "\n}", maxSplits: 1)
        .first ?? ""
    }
    for command in ["plan", "status", "explain", "publish", "rollback", "gc", "schedule", "run"] {
      #expect(function(command).contains("-fX '!*.@(yaml|yml)'"), "\(command)")
      #expect(function(command).contains("-d\n"), "\(command) --output")
    }
    for command in ["search", "verify", "export", "tokenize", "encode"] {
      #expect(function(command).contains("-d\n"), "\(command)")
    }
    for command in ["search", "export", "evaluate", "inspect", "tokenize", "encode", "schedule"] {
      #expect(function(command).contains("-f\n"), "\(command)")
    }
  }
}
