internal import Dataflow
package import Kernels

/// A job's schedule as systemd and cron want it. Texts depend on the job and the options alone, so that installing
/// twice changes nothing.
package struct ScheduleFiles: Sendable {
  /// What cannot be written down for a scheduler.
  package struct Unsupported: ExitCoded, CustomStringConvertible {
    package let description: String
    package var exitCode: ExitCode { .configuration }
  }

  /// A unit of the wanted name belongs to something else.
  package struct Occupied: ExitCoded, CustomStringConvertible {
    package let description: String
    package var exitCode: ExitCode { .cannotCreate }

    package init(description: String) { self.description = description }
  }

  private let expression: CronExpression
  private let run: ScheduledRun
  private let output: String
  /// `bigrain-` and the job's name, in characters that unit names may have.
  package let name: String

  /// - Parameter output: the index root, an absolute path.
  /// - Throws: `Unsupported` for a path that would break a line.
  package init(_ expression: CronExpression, name: String, run: ScheduledRun, output: String) throws {
    for path in [run.program, run.job, output] + [run.folder].compactMap({ $0 }) {
      guard !Self.breaksLine(path) else {
        throw Unsupported(description: "\(shown(path, limit: 4096)): a path with a line break cannot be scheduled")
      }
    }
    // systemd takes the line as it is, and a backslash at its end for a line that goes on.
    if let folder = run.folder, folder.hasSuffix("\\") || folder != folder.trimmingPrefix(" ") || folder.hasSuffix(" ")
    {
      throw Unsupported(
        description:
          "\(shown(folder, limit: 4096)): the name of the current folder cannot stand in a unit; run it elsewhere")
    }
    self.expression = expression
    self.run = run
    self.output = output
    self.name = "bigrain-" + String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "_" })
  }

  private static func breaksLine(_ text: String) -> Bool { text.utf8.contains { $0 == 10 || $0 == 13 || $0 == 0 } }

  // MARK: systemd

  package var serviceName: String { name + ".service" }
  package var timerName: String { name + ".timer" }

  /// One run. A second instance is never started while one is active; SIGTERM lets the chunks in work end.
  package var service: String {
    let environment = run.assignments.map { "Environment=\(SystemdWord.quoted("\($0.name)=\($0.value)"))\n" }
    let folder = run.folder.map { "WorkingDirectory=\(SystemdWord.specifiersEscaped($0))\n" } ?? ""
    return """
      # Written by `pipeline schedule`; written anew by the next `--install`.
      [Unit]
      Description=bigrain job \(SystemdWord.specifiersEscaped(run.job))

      [Service]
      Type=oneshot
      \(folder)\(environment.joined())ExecStart=\(run.words.map(SystemdWord.argument).joined(separator: " "))
      KillSignal=SIGTERM
      TimeoutStopSec=10min
      Nice=10
      IOSchedulingClass=idle

      """
  }

  /// `Persistent=true`: a run that was missed while the machine was off is made up for.
  package var timer: String {
    let lines = calendar.map { "OnCalendar=\($0)" }.joined(separator: "\n")
    return """
      # Written by `pipeline schedule` from `schedule: \(expression.text)`; written anew by the next `--install`.
      [Unit]
      Description=bigrain job \(SystemdWord.specifiersEscaped(run.job))

      [Timer]
      \(lines)
      Persistent=true
      AccuracySec=1s

      [Install]
      WantedBy=timers.target

      """
  }

  /// systemd.time(7)'s calendar events: one, or two where either field of days is enough.
  package var calendar: [String] {
    func list(_ kind: CronField.Kind) -> String {
      let field = expression.field(kind)
      if field.isEvery { return "*" }
      return field.values.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ",")
    }
    let names = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let weekday = expression.field(.weekday)
    let weekdays = weekday.isEvery ? "" : weekday.values.map { names[$0] }.joined(separator: ",") + " "
    let zone = expression.zoneName.map { " " + $0 } ?? ""
    func event(_ weekdays: String, _ days: String) -> String {
      "\(weekdays)*-\(list(.month))-\(days) \(list(.hour)):\(list(.minute)):00\(zone)"
    }
    if expression.needsBothDays { return [event(weekdays, list(.day))] }
    return [event("", list(.day)), event(weekdays, "*")]
  }

  private static let writer = "# Written by `pipeline schedule`"

  /// Looks at the unit that is in the place of ours, a service or a timer, and throws `Occupied` unless `pipeline
  /// schedule` wrote it for this job.
  package func checkReplaceable(_ unit: String, at path: String) throws {
    if unit.isEmpty { return }
    let lines = unit.split(separator: "\n")
    let owner: String
    if let first = lines.first, first.hasPrefix(Self.writer) {
      let description = "Description=bigrain job "
      let other = lines.first { $0.hasPrefix(description) }.map { String($0.dropFirst(description.count)) }
      if other == SystemdWord.specifiersEscaped(run.job) { return }
      owner = "is of the job \(shown(other ?? "", limit: 4096))"
    } else {
      owner = "is no unit of `pipeline schedule`"
    }
    throw Occupied(
      description: "\(path) \(owner), not of \(shown(run.job, limit: 4096)): give --name NAME for units of another name"
    )
  }

  // MARK: cron

  /// What marks our line among others in a crontab: the job's path does, under whatever name.
  package var mark: String { "# \(name) \(run.job)" }

  private func isOurs(_ line: [UInt8]) -> Bool {
    let ending = Array(" \(run.job)".utf8)
    guard line.suffix(ending.count) == ending[...] else { return false }
    let words = line.dropLast(ending.count).split(separator: UInt8(ascii: " ")).suffix(2)
    return words.first == [UInt8(ascii: "#")] && words.last?.starts(with: "bigrain-".utf8) == true
  }

  /// Bytes of a command in a crontab: crontab(5) of Debian.
  private static let longestCommand = 998

  /// One line of a crontab, under `flock`, so that a run that takes long is never met by the next.
  package var crontabLine: String {
    get throws {
      if let zone = expression.zoneName {
        throw Unsupported(
          description: "cron knows no time zones, and the schedule is in \(zone): use --systemd, or leave `TZ=` out")
      }
      let variables = run.assignments.map { "\($0.name)=\(CronWord.quoted($0.value)) " }.joined()
      let command =
        (run.folder.map { "cd \(CronWord.argument($0)) && " } ?? "") + "mkdir -p \(CronWord.argument(output)) && "
        + "\(variables)flock -n -E 75 \(CronWord.argument(output + "/schedule.lock")) "
        + run.words.map(CronWord.argument).joined(separator: " ")
        + " >>\(CronWord.argument(output + "/schedule.log")) 2>&1"
      let text = "\(CronWord.percentsEscaped(command)) \(mark)"
      if Self.breaksLine(text) {
        throw Unsupported(
          description: "a line of a crontab cannot hold a line break, which a value of --set or a variable has: "
            + "use --systemd")
      }
      guard text.utf8.count <= Self.longestCommand else {
        throw Unsupported(
          description: "the line for cron would have \(text.utf8.count) bytes, more than the \(Self.longestCommand) "
            + "that cron reads: use --systemd")
      }
      return "\(expression.fields.map(\.crontab).joined(separator: " ")) \(text)"
    }
  }

  /// `crontab` with our line in it, once, in the place where it was. Lines of others stay as they are, in whatever
  /// encoding.
  package func crontab(replacing crontab: [UInt8]) throws -> [UInt8] {
    let line = Array(try crontabLine.utf8)
    var lines = crontab.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
    if lines.last == [] { lines.removeLast() }
    if let index = lines.firstIndex(where: isOurs) {
      lines[index] = line
      lines = lines.enumerated().filter { $0.offset == index || !isOurs($0.element) }.map(\.element)
    } else {
      lines.append(line)
    }
    return Array(lines.joined(separator: [UInt8(ascii: "\n")])) + [UInt8(ascii: "\n")]
  }
}
