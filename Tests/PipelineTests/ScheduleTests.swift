import Foundation
import Testing

/// What `schedule` puts into systemd and cron, and what it leaves alone.
@Suite struct ScheduleTests {
  /// A job with a schedule, and a `crontab` first in PATH whose table is `table`.
  private struct Machine {
    let program: PipelineProgram
    let environment: [String: String]
    var table: String { program.folder + "/table" }
    var units: String { program.folder + "/units" }

    init() throws {
      program = try PipelineProgram()
      try """
      pipeline: pipeline.yaml
      inputs: {collection: "${COLLECTION:-collection.tsv}"}
      output: out
      schedule: "30 3 * * mon-fri"
      """.write(toFile: program.job, atomically: true, encoding: .utf8)
      let folder = program.folder + "/bin"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try """
      #!/bin/sh
      if [ "$1" = - ]; then cat >"$TABLE"; exit; fi
      if [ -n "$WORDS" ]; then echo "$WORDS" >&2; exit 1; fi
      cat "$TABLE"
      """.write(toFile: folder + "/crontab", atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder + "/crontab")
      environment = [
        "PATH": folder + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? ""), "TABLE": program.folder + "/table",
      ]
    }

    func schedule(
      _ options: [String], job: String? = nil, environment more: [String: String] = [:]
    ) throws -> PipelineProgram.Result {
      try program.run(
        ["schedule", job ?? program.job] + options, environment: environment.merging(more) { $1 },
        directory: program.folder)
    }

    func content() throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: table))) }
  }

  @Test func aCrontabThatCannotBeReadStaysAsItIs() throws {
    let machine = try Machine()
    defer { machine.program.remove() }
    // Latin-1, which is not UTF-8.
    let before = Array("# caf".utf8) + [0xE9] + Array("\n0 1 * * * backup\n".utf8)
    try Data(before).write(to: URL(fileURLWithPath: machine.table))
    for words in ["crontab: cannot open: Permission denied", "You (me) are not allowed to use this program (crontab)"] {
      let refused = try machine.schedule(["--cron", "--install"], environment: ["WORDS": words])
      #expect(refused.status == 74 && refused.errors.contains(words), "\(refused)")
      #expect(try machine.content() == before)
    }
    let installed = try machine.schedule(["--cron", "--install"])
    #expect(installed.status == 0, "\(installed.errors)")
    let after = try machine.content()
    #expect(Array(after.prefix(before.count)) == before && after.count(where: { $0 == 10 }) == 3)
    #expect(try machine.schedule(["--cron", "--install"]).output.contains("already"))
    #expect(try machine.content() == after)
    let first = try machine.schedule(["--cron", "--install"], environment: ["WORDS": "no crontab for me"])
    #expect(first.status == 0)
    #expect(try machine.content() == Array(after.dropFirst(before.count)))
  }

  /// The line of the crontab, run from elsewhere and without the shell's variables, does what was typed.
  @Test func cronRunsWhatWasTyped() throws {
    let machine = try Machine()
    defer { machine.program.remove() }
    let folder = machine.program.folder
    try FileManager.default.createDirectory(atPath: folder + "/it's 5%", withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: folder + "/collection.tsv", toPath: folder + "/it's 5%/c.tsv")
    let options = [
      "--set", "stages.index.shards=1", "--set", "work=it's 5%/work", "--output", "other", "--metrics", "m.prom",
      "--log-format", "json",
    ]
    let variables = ["COLLECTION": folder + "/it's 5%/c.tsv", "UNREAD": "x", "WORDS": "no crontab for me"]
    let installed = try machine.schedule(["--cron", "--install"] + options, environment: variables)
    #expect(installed.status == 0, "\(installed.errors)")
    let line = String(decoding: try machine.content(), as: UTF8.self)
    #expect(line.hasPrefix("30 3 * * 1,2,3,4,5 cd ") && !line.contains("UNREAD"))
    let command = line.split(separator: " ", maxSplits: 5)[5].replacing("\\%", with: "%")
    try ("cd /\n" + command).write(toFile: folder + "/command", atomically: true, encoding: .utf8)
    let run = try machine.program.shell("exec env -i PATH=/usr/bin:/bin sh command")
    let log = try String(contentsOfFile: folder + "/other/schedule.log", encoding: .utf8)
    #expect(run.status == 0, "\(run.errors) \(log)")
    #expect(log.contains("{\"level\":\"info\""))
    #expect(FileManager.default.fileExists(atPath: folder + "/it's 5%/work/checkpoint.sqlite"))
    #expect(FileManager.default.fileExists(atPath: folder + "/m.prom"))
    #expect(try machine.program.index("other").keys.contains { $0.hasPrefix("shard-0000") })
    #expect(try machine.program.index("other").keys.contains { $0.hasPrefix("shard-0001") } == false)
  }

  @Test func systemdRunsWhatWasTyped() throws {
    let machine = try Machine()
    defer { machine.program.remove() }
    let folder = machine.program.folder
    let options = ["--systemd", "--set", "keep=3", "--output", "other", "--metrics", "m.prom", "--log-format", "text"]
    let text = try machine.schedule(options, environment: ["COLLECTION": "100% \"c\".tsv", "UNREAD": "x"]).output
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.contains("WorkingDirectory=\(folder)"))
    #expect(lines.contains("Environment=\"COLLECTION=100%% \\\"c\\\".tsv\"") && !text.contains("UNREAD"))
    let start = lines.first { $0.hasPrefix("ExecStart=") }
    #expect(
      start?.hasSuffix(
        " run \(folder)/job.yaml --set keep=3 --output \(folder)/other --metrics \(folder)/m.prom --log-format text")
        == true,
      "\(text)")
    let plain = try machine.schedule(["--systemd"]).output
    #expect(!plain.contains("WorkingDirectory") && !plain.contains("Environment"))
  }

  @Test func jobsDoNotTakeEachOthersUnits() throws {
    let machine = try Machine()
    defer { machine.program.remove() }
    let folder = machine.program.folder
    let job = try String(contentsOfFile: machine.program.job, encoding: .utf8)
    for name in ["n.v1", "n.v2", "n_v1"] {
      try job.write(toFile: "\(folder)/\(name).yaml", atomically: true, encoding: .utf8)
    }
    let install = ["--systemd", "--install", "--unit-directory", machine.units]
    for name in ["n.v1", "n.v2", "n.v1"] {
      #expect(try machine.schedule(install, job: "\(name).yaml").status == 0)
      #expect(
        FileManager.default.fileExists(atPath: "\(machine.units)/bigrain-\(name.replacing(".", with: "_")).timer"))
    }
    let before = try PipelineProgram.files(below: machine.units)
    #expect(before.count == 4)
    let refused = try machine.schedule(install, job: "n_v1.yaml")
    #expect(refused.status == 73 && refused.errors.contains("\(folder)/n.v1.yaml"), "\(refused)")
    #expect(refused.errors.contains("\(folder)/n_v1.yaml") && refused.errors.contains("--name"), "\(refused)")
    #expect(try PipelineProgram.files(below: machine.units) == before)
    #expect(try machine.schedule(install + ["--name", "third"], job: "n_v1.yaml").status == 0)
    #expect(try PipelineProgram.files(below: machine.units).keys.contains("bigrain-third.service"))
    #expect(try machine.schedule(install + ["--name", "a/b"], job: "n_v1.yaml").status == 64)
  }

  @Test func aFolderThatCannotBeWrittenIsNoDefect() throws {
    let machine = try Machine()
    defer { machine.program.remove() }
    // Who tests may be root, who may write everywhere else.
    for folder in [machine.program.job, machine.program.job + "/units", "/proc/units"] {
      let refused = try machine.schedule(["--systemd", "--install", "--unit-directory", folder])
      #expect(refused.status == 73 && refused.errors.contains("cannot create"), "\(refused)")
    }
    let taken = machine.units + "/bigrain-job.service"
    try FileManager.default.createDirectory(atPath: taken, withIntermediateDirectories: true)
    let refused = try machine.schedule(["--systemd", "--install", "--unit-directory", machine.units])
    #expect([73, 74].contains(refused.status) && refused.errors.contains(taken), "\(refused)")
  }
}
