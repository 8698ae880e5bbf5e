internal import ArgumentParser
internal import Codecs
internal import Dataflow
internal import Foundation
internal import Jobs
internal import Kernels

struct ScheduleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schedule", abstract: "Says when a job runs by its `schedule`, and puts it into systemd or cron.",
    discussion: """
      `schedule: "30 3 * * *"` in the job: minute, hour, day, month, weekday; names, lists, ranges and steps; \
      `TZ=Europe/Berlin` before it for a time zone. Without an option the next five times are printed. What is \
      installed runs the job as it is read now: with --set, --output and the values that the variables of its \
      ${NAME} have.
      """)

  @OptionGroup var options: JobOptions
  @Flag(help: "Prints a systemd service and its timer.") var systemd = false
  @Flag(help: "Prints a line for a crontab.") var cron = false
  @Flag(help: "Puts them in place, as often as you like.") var install = false
  @Option(help: "What follows `bigrain-` in the units' names, instead of the job's name.") var name: String?
  @Option(help: "Where each run writes its metrics: see `run`.", completion: .file()) var metrics: String?
  @Option(help: "How each run writes its messages: see `run`.") var logFormat: RunCommand.LogFormat?
  @Option(help: "Prints the next times.") var next: Int?
  @Option(help: "Counts the next times from this one, such as 2026-03-28T00:00:00Z, instead of now.") var from: String?
  @Option(
    help: "The folder for units: by default /etc/systemd/system for root, else ~/.config/systemd/user.",
    completion: .directory)
  var unitDirectory: String?

  func validate() throws {
    if systemd && cron { throw ValidationError("give --systemd or --cron, not both") }
    if install && !systemd && !cron { throw ValidationError("--install wants --systemd or --cron") }
    if let next, !(1...10_000).contains(next) { throw ValidationError("--next must be between 1 and 10000") }
    if let from, Self.date(from) == nil { throw ValidationError("--from wants a time such as 2026-03-28T00:00:00Z") }
    if let name, name.isEmpty || !name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }) {
      throw ValidationError("--name wants letters, digits, `-` and `_`")
    }
    if name != nil && !systemd { throw ValidationError("--name names systemd's units: give --systemd") }
    if metrics == "" { throw ValidationError("--metrics wants a path") }
  }

  func run() throws {
    let job = try options.load()
    guard let schedule = job.file.schedule else {
      throw ConfigError(
        SourceLocation(file: job.path), "the job has no `schedule`", hint: "add schedule: \"30 3 * * *\"")
    }
    let expression = try CronExpression(schedule.value, at: schedule.location)
    let files = try ScheduleFiles(
      expression, name: name ?? job.name, run: scheduledRun(job), output: Self.absolute(job.output))
    if systemd { try systemd(files) }
    if cron { try cron(files) }
    if next != nil || !(systemd || cron) { printTimes(expression) }
  }

  private static func date(_ text: String) -> Date? { try? Date(text, strategy: .iso8601) }

  /// The run as it would be if it were typed here and now.
  private func scheduledRun(_ job: Job) -> ScheduledRun {
    let changes = options.changes
    var words = changes.overrides.flatMap { ["--set", $0] }
    if let output = changes.output { words += ["--output", Self.absolute(output)] }
    if let metrics { words += ["--metrics", Self.absolute(metrics)] }
    if let logFormat { words += ["--log-format", logFormat.rawValue] }
    // Paths in a value of --set start at the working directory, and which values are paths only the stages know.
    return ScheduledRun(
      program: Self.program, job: Self.absolute(job.path), options: words,
      folder: changes.overrides.isEmpty ? nil : FileManager.default.currentDirectoryPath, variables: job.variables)
  }

  private static func absolute(_ path: String) -> String {
    path.hasPrefix("/")
      ? ResourcePath.resolve(String(path.dropFirst()), from: "/")
      : ResourcePath.resolve(path, from: FileManager.default.currentDirectoryPath)
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
    for (name, _) in units {
      let path = folder + "/" + name
      // A unit that is masked is a link to /dev/null.
      if let target = FileSystem.linkTarget(path) {
        throw ScheduleFiles.Occupied(description: "\(path) is a link to \(target): remove it, or give --name NAME")
      }
      if let unit = try Self.content(path) {
        try files.checkReplaceable(String(decoding: unit, as: UTF8.self), at: path)
      }
    }
    for (name, text) in units { Terminal.out(try Self.put(text, folder + "/" + name)) }
    let control = ["systemctl"] + (isRoot ? [] : ["--user"])
    let commands = [control + ["daemon-reload"], control + ["enable", "--now", files.timerName]]
    guard unitDirectory == nil, FileSystem.exists("/run/systemd/system") else {
      for command in commands { Terminal.log("then: \(command.joined(separator: " "))") }
      return
    }
    for command in commands { _ = try Tool.run(command).demand() }
    Terminal.out("\(files.timerName) is enabled")
  }

  /// `nil` where there is no file.
  private static func content(_ path: String) throws -> [UInt8]? {
    guard FileSystem.exists(path) else { return nil }
    let file = try PositionalFile(path)
    return try file.read(at: 0, count: file.length)
  }

  private static func put(_ text: String, _ path: String) throws -> String {
    if try content(path) == Array(text.utf8) { return "\(path): unchanged" }
    try DurableFile.write(Array(text.utf8), to: path)
    return "\(path): written"
  }

  private func cron(_ files: ScheduleFiles) throws {
    guard install else { return Terminal.out(try files.crontabLine) }
    let listing = try Tool.run(["crontab", "-l"])
    // A crontab that is there and could not be read must not be replaced by ours alone.
    let now = try listing.hasFailed && listing.words.contains("no crontab for") ? [] : listing.demand()
    let wanted = try files.crontab(replacing: now)
    if wanted == now { return Terminal.out("the crontab has the line already") }
    _ = try Tool.run(["crontab", "-"], input: wanted).demand()
    Terminal.out("the crontab has the line now")
  }
}
