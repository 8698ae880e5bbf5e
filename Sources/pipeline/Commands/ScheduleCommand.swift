internal import ArgumentParser
internal import Dataflow
internal import Foundation
internal import Jobs
internal import Kernels

struct ScheduleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schedule", abstract: "Says when a job runs by its `schedule`, and puts it into systemd or cron.",
    discussion: """
      `schedule: "30 3 * * *"` in the job: minute, hour, day, month, weekday; names, lists, ranges and steps; \
      `TZ=Europe/Berlin` before it for a time zone. Without an option the next five times are printed.
      """)

  @OptionGroup var options: JobOptions
  @Flag(help: "Prints a systemd service and its timer.") var systemd = false
  @Flag(help: "Prints a line for a crontab.") var cron = false
  @Flag(help: "Puts them in place, as often as you like.") var install = false
  @Option(help: "Prints the next times.") var next: Int?
  @Option(help: "Counts the next times from this one, such as 2026-03-28T00:00:00Z, instead of now.") var from: String?
  @Option(help: "The folder for units: by default /etc/systemd/system for root, else ~/.config/systemd/user.")
  var unitDirectory: String?

  func validate() throws {
    if systemd && cron { throw ValidationError("give --systemd or --cron, not both") }
    if install && !systemd && !cron { throw ValidationError("--install wants --systemd or --cron") }
    if let next, !(1...10_000).contains(next) { throw ValidationError("--next must be between 1 and 10000") }
    if let from, Self.date(from) == nil { throw ValidationError("--from wants a time such as 2026-03-28T00:00:00Z") }
  }

  func run() throws {
    let job = try options.load()
    guard let schedule = job.file.schedule else {
      throw ConfigError(
        SourceLocation(file: job.path), "the job has no `schedule`", hint: "add schedule: \"30 3 * * *\"")
    }
    let expression = try CronExpression(schedule.value, at: schedule.location)
    let files = ScheduleFiles(
      expression, name: job.name, job: Self.absolute(job.path), program: Self.program, output: Self.absolute(job.output)
    )
    if systemd { try systemd(files) }
    if cron { try cron(files) }
    if next != nil || !(systemd || cron) { printTimes(expression) }
  }

  private static func date(_ text: String) -> Date? { try? Date(text, strategy: .iso8601) }

  private static func absolute(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }

  private static var program: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? absolute(CommandLine.arguments[0])
  }

  private func printTimes(_ expression: CronExpression) {
    let start = from.flatMap(Self.date) ?? Date()
    let zone = expression.zone
    var style = Date.ISO8601FormatStyle(timeZone: zone)
    style = style.year().month().day().time(includingFractionalSeconds: false).timeZone(separator: .colon)
    for time in expression.next(next ?? 5, after: Int(start.timeIntervalSince1970.rounded(.down))) {
      Terminal.out(Date(timeIntervalSince1970: Double(time)).formatted(style))
    }
  }

  private func systemd(_ files: ScheduleFiles) throws {
    let units = [(files.serviceName, files.service), (files.timerName, files.timer)]
    guard install else {
      for (name, text) in units { Terminal.out("# \(name)\n\(text)") }
      return
    }
    let isRoot = getuid() == 0
    let folder =
      unitDirectory
      ?? (isRoot
        ? "/etc/systemd/system" : FileManager.default.homeDirectoryForCurrentUser.path + "/.config/systemd/user")
    try FileSystem.createDirectories(folder)
    for (name, text) in units { Terminal.out(try Self.put(text, folder + "/" + name)) }
    let control = ["systemctl"] + (isRoot ? [] : ["--user"])
    let commands = [control + ["daemon-reload"], control + ["enable", "--now", files.timerName]]
    guard unitDirectory == nil, FileSystem.exists("/run/systemd/system") else {
      for command in commands { Terminal.log("then: \(command.joined(separator: " "))") }
      return
    }
    for command in commands { _ = try Tool.run(command) }
    Terminal.out("\(files.timerName) is enabled")
  }

  private static func put(_ text: String, _ path: String) throws -> String {
    if (try? String(contentsOfFile: path, encoding: .utf8)) == text { return "\(path): unchanged" }
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return "\(path): written"
  }

  private func cron(_ files: ScheduleFiles) throws {
    guard install else { return Terminal.out(try files.crontabLine) }
    let now = try Tool.run(["crontab", "-l"], mayFail: true)
    let wanted = try files.crontab(replacing: now)
    if wanted == now { return Terminal.out("the crontab has the line already") }
    _ = try Tool.run(["crontab", "-"], input: wanted)
    Terminal.out("the crontab has the line now")
  }
}

/// Another program, run to its end.
private enum Tool {
  struct Failed: ExitCoded, CustomStringConvertible {
    let description: String
    let exitCode: Kernels.ExitCode
  }

  /// What it printed. Throws `Failed` if there is none of its name, or if it fails and may not.
  static func run(_ command: [String], input: String? = nil, mayFail: Bool = false) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    let output = Pipe()
    let words = Pipe()
    let entry = Pipe()
    process.standardOutput = output
    process.standardError = words
    process.standardInput = entry
    try process.run()
    if let input { try entry.fileHandleForWriting.write(contentsOf: Data(input.utf8)) }
    try entry.fileHandleForWriting.close()
    let printed = try output.fileHandleForReading.readToEnd() ?? Data()
    let said = try words.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    if process.terminationStatus == 127 {
      throw Failed(
        description: "there is no `\(command[0])` here: install it, or put the text in place yourself",
        exitCode: .unavailable)
    }
    guard process.terminationStatus == 0 || mayFail else {
      let text = String(decoding: said, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
      throw Failed(description: "`\(command.joined(separator: " "))` failed: \(text)", exitCode: .inputOutput)
    }
    return String(decoding: printed, as: UTF8.self)
  }
}
