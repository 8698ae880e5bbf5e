import Dataflow
import Foundation
import Jobs
import Testing

/// What schedulers are given means for them what it means here.
@Suite struct ScheduleFilesTests {
  private func files(_ text: String, run: ScheduledRun? = nil, output: String = "/srv/out") throws -> ScheduleFiles {
    let expression = try CronExpression(text, at: SourceLocation(file: "job.yaml"))
    let run = run ?? ScheduledRun(program: "/usr/bin/pipeline", job: "/srv/j.yaml")
    return try ScheduleFiles(expression, name: "j", run: run, output: output)
  }

  private func fields(_ text: String) throws -> String {
    try files(text).crontabLine.split(separator: " ").prefix(5).joined(separator: " ")
  }

  // MARK: the fields of a crontab

  @Test(arguments: [
    ("0 3 1-31 * mon", "0 3 1-31 * 1"), ("0 3 15 * sun-sat", "0 3 15 * 0-6"), ("0 3 15 * 0-7", "0 3 15 * 0-6"),
    ("5/15 3 */2 * mon-fri", "5,20,35,50 3 */2 * 1,2,3,4,5"), ("0-59 0-23 * jan-dec *", "* * * * *"),
    ("0 0 */2,fri * *", nil), ("0 0 */2,4,31 nov-feb */3,fri-mon", "0 0 */2,4 1,2,11,12 */3,1,5"),
    ("*/20 */6 1 * 7", "0,20,40 0,6,12,18 1 * 0"), ("0 0 */40 * *", "0 0 */31 * *"), ("0 0 */1 * *,5", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"), ("0 0 1,*/2 * mon", "0 0 1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31 * 1"),
  ]) func fieldsKeepTheirMeaning(_ row: (String, String?)) throws {
    guard let expected = row.1 else {
      #expect(throws: ConfigError.self) { try fields(row.0) }
      return
    }
    #expect(try fields(row.0) == expected)
  }

  /// Vixie's cron, as its entry.c reads a line: `*` or a value or a range that ascends, a step only after a `*` or a
  /// range; and whether each field of days began with `*`.
  private struct Vixie {
    let values: [Set<Int>]
    let needsBothDays: Bool

    init(_ line: String) throws {
      let texts = line.split(separator: " ").map(String.init)
      let ranges = [0...59, 0...23, 1...31, 1...12, 0...7]
      values = try zip(texts, ranges).map { text, range in
        var found: Set<Int> = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
          let parts = try #require(String(item).wholeMatch(of: /(\*|([0-9]+)(-([0-9]+))?)(\/([0-9]+))?/), "\(line)")
          let first = parts.2.flatMap { Int($0) } ?? range.lowerBound
          let last = parts.4.flatMap { Int($0) } ?? (parts.2 == nil ? range.upperBound : first)
          let step = parts.6.flatMap { Int($0) } ?? 1
          try #require(parts.6 == nil || parts.2 == nil || parts.4 != nil, "\(line)")
          try #require(range.contains(first) && range.contains(last) && first <= last && step > 0, "\(line)")
          found.formUnion(stride(from: first, through: last, by: step).map { range.upperBound == 7 ? $0 % 7 : $0 })
        }
        return found
      }
      needsBothDays = texts[2].hasPrefix("*") || texts[4].hasPrefix("*")
    }

    func matches(day date: DateComponents) throws -> Bool {
      let day = values[2].contains(try #require(date.day))
      let weekday = values[4].contains(try #require(date.weekday) - 1)
      return values[3].contains(try #require(date.month)) && (needsBothDays ? day && weekday : day || weekday)
    }
  }

  private static func field(_ index: Int, _ random: inout SplitMix) -> String {
    let range = [0...59, 0...23, 1...31, 1...12, 0...7][index]
    let names = index == 3 ? ["jan", "jun", "jul", "dec"] : index == 4 ? ["sun", "mon", "fri", "sat"] : []
    func value() -> String {
      if let name = names.randomElement(using: &random), Bool.random(using: &random) { return name }
      return "\(Int.random(in: range, using: &random))"
    }
    func item() -> String {
      let step = Int.random(in: 1...(range.upperBound + 3), using: &random)
      switch Int.random(in: 0..<7, using: &random) {
      case 0: return "*"
      case 1: return "*/\(step)"
      case 2: return "\(value())-\(value())"
      case 3: return "\(value())-\(value())/\(step)"
      case 4: return "\(value())/\(step)"
      case 5: return "\(range.lowerBound)-\(range.upperBound)"
      default: return value()
      }
    }
    if Int.random(in: 0..<4, using: &random) == 0 { return "*" }
    return (0..<Int.random(in: 1...3, using: &random)).map { _ in item() }.joined(separator: ",")
  }

  @Test func cronAndWeMeanTheSameTimes() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("cronAndWeMeanTheSameTimes: seed \(seed)")
    var random = SplitMix(state: seed)
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
    // A Wednesday, and midnight.
    let start = 1_735_689_600 + Int.random(in: 0..<2000, using: &random) * 86_400
    var tried = 0
    while tried < 500 {
      let text = (0..<5).map { Self.field($0, &random) }.joined(separator: " ")
      guard let ours = try? CronExpression(text, at: SourceLocation(file: "job.yaml")) else { continue }
      tried += 1
      let line = try fields(text)
      let again = try CronExpression(line, at: SourceLocation(file: "job.yaml"))
      let utc = calendar.timeZone
      #expect(
        again.next(40, after: start, in: utc) == ours.next(40, after: start, in: utc), "\(text): \(line), seed \(seed)")
      #expect(try files(line).calendar == files(text).calendar, "\(text): \(line), seed \(seed)")
      #expect(try fields(line) == line, "\(text): \(line), seed \(seed)")
      let vixie = try Vixie(line)
      // Every day up to the first time that is not midnight's, as Vixie's cron would look at it.
      let times = ours.next(3, after: start - 1, in: utc)
      let days = Set(times.map { $0 / 86_400 })
      let last = min(try #require(times.last) / 86_400, start / 86_400 + 400)
      for day in (start / 86_400)...last {
        let date = calendar.dateComponents(
          [.day, .month, .weekday], from: Date(timeIntervalSince1970: Double(day * 86_400)))
        #expect(try vixie.matches(day: date) == days.contains(day), "\(text): \(line), day \(day), seed \(seed)")
      }
      for time in times {
        #expect(
          vixie.values[0].contains(time / 60 % 60) && vixie.values[1].contains(time / 3600 % 24), "\(text): \(line)")
      }
    }
  }

  // MARK: the command

  /// Names with everything that cron, a shell or systemd takes for its own.
  private static let hard = "it's 5% \"of\" \\% \\\\ $HOME `x` \\' é;#&|*?~!-"

  /// What cron makes of the sixth field: `\%` is `%`, and in Vixie's first versions `\\` is one backslash too.
  private static func command(_ line: String, halvesBackslashes: Bool) -> String {
    var command = ""
    var rest = line.split(separator: " ", maxSplits: 5)[5].unicodeScalars[...]
    while let scalar = rest.popFirst() {
      if scalar == "%" { break }
      if scalar == "\\", let next = rest.popFirst() {
        if next != "%" && !(next == "\\" && halvesBackslashes) { command.unicodeScalars.append(scalar) }
        command.unicodeScalars.append(next)
      } else {
        command.unicodeScalars.append(scalar)
      }
    }
    return command
  }

  @Test(arguments: [false, true]) func aLineOfCronGivesEveryWordAsItIs(_ halvesBackslashes: Bool) throws {
    let folder = try Folder()
    let program = try folder.write("pro gram", "#!/bin/sh\nprintf '<%s>\\n' \"$PWD\" \"$NAME\" \"$OTHER\" \"$@\"\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
    let place = folder.path + "/" + Self.hard
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    let run = ScheduledRun(
      program: program, job: "/srv/\(Self.hard).yaml", options: ["--set", "parameters.x=\(Self.hard)", ""],
      folder: place, variables: ["OTHER": "", "NAME": Self.hard])
    let line = try files("0 3 * * *", run: run, output: place + "/out").crontabLine
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    shell.arguments = ["-c", Self.command(line, halvesBackslashes: halvesBackslashes)]
    try shell.run()
    shell.waitUntilExit()
    #expect(shell.terminationStatus == 0)
    let words = [place, Self.hard, "", "run", "/srv/\(Self.hard).yaml", "--set", "parameters.x=\(Self.hard)", ""]
    let said = try String(contentsOfFile: place + "/out/schedule.log", encoding: .utf8)
    #expect(said == words.map { "<\($0)>\n" }.joined(), "\(line)")
  }

  @Test func aServiceHasTheFolderTheVariablesAndTheOptions() throws {
    let run = ScheduledRun(
      program: "/usr/bin/pipeline", job: "/srv/j.yaml",
      options: ["--set", "parameters.x=\(Self.hard)", "--output", "/o"],
      folder: "/srv/5% of", variables: ["B": "a\"$x%\n\\", "A": "1"])
    let lines = try files("0 3 * * *", run: run).service.split(separator: "\n").map(String.init)
    #expect(lines.contains("WorkingDirectory=/srv/5%% of"))
    #expect(lines.contains("Environment=\"A=1\"") && lines.contains("Environment=\"B=a\\\"$x%%\\n\\\\\""))
    let word = "\"parameters.x=it's 5%% \\\"of\\\" \\\\%% \\\\\\\\ $$HOME `x` \\\\' é;#&|*?~!-\""
    #expect(lines.contains("ExecStart=/usr/bin/pipeline run /srv/j.yaml --set \(word) --output /o"))
    let bare = try files("0 3 * * *").service
    #expect(!bare.contains("Environment") && !bare.contains("WorkingDirectory"))
  }

  @Test func linesThatWouldBreakAreRefused() throws {
    func run(job: String = "/j", value: String = "") -> ScheduledRun {
      ScheduledRun(program: "/p", job: job, variables: ["X": value])
    }
    #expect(throws: ScheduleFiles.Unsupported.self) { try files("0 3 * * *", run: run(job: "/srv/a\nb.yaml")) }
    #expect(throws: ScheduleFiles.Unsupported.self) { try files("0 3 * * *", run: run(value: "a\nb")).crontabLine }
    #expect(throws: ScheduleFiles.Unsupported.self) { try files("0 3 * * *", run: run(value: "a\r\nb")).crontabLine }
    let long = run(value: String(repeating: "x", count: 1000))
    #expect(throws: ScheduleFiles.Unsupported.self) { try files("0 3 * * *", run: long).crontabLine }
    #expect(try files("0 3 * * *", run: long).service.contains(String(repeating: "x", count: 1000)))
  }

  @Test func aUnitOfAnotherJobIsNotReplaced() throws {
    func files(_ job: String) throws -> ScheduleFiles {
      try self.files("0 3 * * *", run: ScheduledRun(program: "/usr/bin/my pipeline", job: job))
    }
    for job in ["/srv/j.yaml", "/srv/\(Self.hard).yaml"] {
      try files(job).checkReplaceable(files(job).service, at: "/u/x.service")
      let error = #expect(throws: ScheduleFiles.Occupied.self) {
        try files("/srv/other.yaml").checkReplaceable(files(job).service, at: "/u/x.service")
      }
      #expect(error?.exitCode == .cannotCreate)
      #expect(error?.description.contains("/srv/other.yaml: give --name") == true)
    }
    #expect(throws: ScheduleFiles.Occupied.self) {
      try files("/srv/j.yaml").checkReplaceable("[Service]\nExecStart=/bin/true\n", at: "/u/x.service")
    }
    try files("/srv/j.yaml").checkReplaceable("", at: "/u/x.service")
    try files("/srv/j.yaml").checkReplaceable(files("/srv/j.yaml").timer, at: "/u/x.timer")
    for foreign in [
      "[Service]\nExecStart = /usr/bin/foo\n", "[Timer]\nUnit=backup.service\n", try files("/srv/k.yaml").timer,
    ] {
      #expect(throws: ScheduleFiles.Occupied.self) { try files("/srv/j.yaml").checkReplaceable(foreign, at: "/u/x") }
    }
  }
}
