import Foundation
import Testing

/// What `status` finds, and what it says where there is nothing.
@Suite struct StatusTests {
  @Test func nothingDoneIsSaidInWords() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let job = try program.run(["status", program.job])
    #expect(job.status == 66 && job.errors.contains("\(program.folder)/out/work: no run of"), "\(job)")
    try FileManager.default.createDirectory(atPath: program.folder + "/out", withIntermediateDirectories: true)
    let folder = try program.run(["status", program.folder + "/out"])
    #expect(folder.status == 66 && folder.errors.contains("/out: no run has been at work there"), "\(folder)")
    #expect(folder.errors.contains("by its job file"))
    #expect(try program.run(["status", program.folder + "/nowhere.yaml"]).status == 66)
  }

  @Test func aJobIsAskedForAsItWasRun() throws {
    let program = try PipelineProgram()
    defer { program.remove() }
    let options = ["--output", program.folder + "/other", "--set", "work=\(program.folder)/elsewhere"]
    #expect(try program.run(["run", program.job] + options).status == 0)
    let status = try program.run(["status", program.job] + options)
    #expect(status.status == 0 && status.output.hasPrefix("\(program.folder)/elsewhere: nobody at work"), "\(status)")
    #expect(try program.run(["status", program.folder + "/elsewhere"]).status == 0)
    let output = try program.run(["status", program.folder + "/other"])
    #expect(output.status == 66 && output.errors.contains("by its job file"), "\(output)")
    for option in [["--set", "keep=2"], ["--output", "x"]] {
      let refused = try program.run(["status", program.folder + "/elsewhere"] + option)
      #expect(refused.status == 64 && refused.errors.contains("is a folder"), "\(refused)")
    }
  }

  @Test func rejectedRecordsOfAllChunksAreCounted() throws {
    struct Status: Decodable { let rejected: Int }
    let program = try PipelineProgram()
    defer { program.remove() }
    let path = program.folder + "/collection.tsv"
    var lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    // Far apart, so that they are in chunks of their own.
    for place in [300, 200, 100, 1] { lines.insert("no tab", at: place) }
    try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
    let run = try program.run(["run", program.job, "--set", "limits.quarantine=50%"])
    #expect(run.status == 0, "\(run.errors)")
    let status = try program.run(["status", program.job, "--json"]).output
    #expect(try JSONDecoder().decode(Status.self, from: Data(status.utf8)).rejected == 4, "\(status)")
  }
}
