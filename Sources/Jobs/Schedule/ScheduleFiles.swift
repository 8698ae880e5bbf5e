internal import Dataflow
package import Kernels

/// A job's schedule as systemd and cron want it. Texts depend on the job alone, so that installing twice changes
/// nothing.
package struct ScheduleFiles: Sendable {
  /// What cannot be written down for a scheduler.
  package struct Unsupported: ExitCoded, CustomStringConvertible {
    package let description: String
    package var exitCode: ExitCode { .configuration }
  }

  private let expression: CronExpression
  private let job: String
  private let program: String
  private let output: String
  /// `bigrain-` and the job's name, in characters that unit names may have.
  package let name: String

  /// - Parameters:
  ///   - job, program, output: absolute paths.
  package init(_ expression: CronExpression, name: String, job: String, program: String, output: String) {
    self.expression = expression
    self.job = job
    self.program = program
    self.output = output
    self.name = "bigrain-" + String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "_" })
  }

  // MARK: systemd

  package var serviceName: String { name + ".service" }
  package var timerName: String { name + ".timer" }

  /// One run. A second instance is never started while one is active; SIGTERM lets the chunks in work end.
  package var service: String {
    """
    # Written by `pipeline schedule`; written anew by the next `--install`.
    [Unit]
    Description=bigrain job \(Self.unit(job))

    [Service]
    Type=oneshot
    ExecStart=\(Self.unitWord(program)) run \(Self.unitWord(job))
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
      Description=bigrain job \(Self.unit(job))

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

  private static func unit(_ text: String) -> String { text.replacing("%", with: "%%") }

  private static func unitWord(_ text: String) -> String {
    let escaped = unit(text).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("$", with: "$$")
    let isPlain = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-".contains($0)) }
    return isPlain ? escaped : "\"\(escaped)\""
  }

  // MARK: cron

  /// What marks our line among others in a crontab.
  package var mark: String { "# \(name) \(job)" }

  /// One line of a crontab, under `flock`, so that a run that takes long is never met by the next.
  package var crontabLine: String {
    get throws {
      if let zone = expression.zoneName {
        throw Unsupported(
          description: "cron knows no time zones, and the schedule is in \(zone): use --systemd, or leave `TZ=` out")
      }
      let fields = expression.fields.map { field in
        if field.isEvery { return "*" }
        return field.values.map(String.init).joined(separator: ",")
      }
      // A day that begins with `*` without being every day must go on doing so: it says how the days go together.
      let isMixed = expression.needsBothDays && !expression.field(.day).isEvery && !expression.field(.weekday).isEvery
      let written = isMixed ? expression.text.split(separator: " ").map(String.init) : fields
      let command =
        "flock -n -E 75 \(Self.word(output + "/schedule.lock")) \(Self.word(program)) run \(Self.word(job))"
        + " >>\(Self.word(output + "/schedule.log")) 2>&1"
      let whole = "mkdir -p \(Self.word(output)) && \(command)".replacing("%", with: "\\%")
      return "\(written.joined(separator: " ")) \(whole) \(mark)"
    }
  }

  /// `crontab` with our line in it, once, in the place where it was.
  package func crontab(replacing crontab: String) throws -> String {
    let line = try crontabLine
    var lines = crontab.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    if let index = lines.firstIndex(where: { $0.hasSuffix(mark) }) {
      lines[index] = line
      lines = lines.enumerated().filter { $0.offset == index || !$0.element.hasSuffix(mark) }.map(\.element)
    } else {
      lines.append(line)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func word(_ text: String) -> String {
    if text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "/._-+=:@,".contains($0)) }) { return text }
    return "'" + text.replacing("'", with: "'\\''") + "'"
  }
}
