import Dataflow
import Foundation
import Jobs
import Testing

@Suite struct CronTests {
  private func expression(_ text: String) throws -> CronExpression {
    try CronExpression(text, at: SourceLocation(file: "job.yaml", line: 3, column: 11))
  }

  private func times(_ text: String, zone: String = "UTC", from: String, _ count: Int) throws -> [String] {
    let zone = try #require(TimeZone(identifier: zone))
    let start = try Date(from, strategy: .iso8601)
    let style = Date.ISO8601FormatStyle(timeZone: zone).year().month().day().time(includingFractionalSeconds: false)
      .timeZone(separator: .colon)
    return try expression(text).next(count, after: Int(start.timeIntervalSince1970), in: zone).map {
      Date(timeIntervalSince1970: Double($0)).formatted(style)
    }
  }

  /// `Golden/cron.tsv` (and the file in BIGRAIN_CRON_CASES, 10,000 cases of scripts/compare_cron.py) hold what PyPI's
  /// croniter says: expression, zone, start, and the times that follow it.
  @Test func timesAreThoseOfCroniter() throws {
    let golden = try #require(Bundle.module.url(forResource: "cron", withExtension: "tsv", subdirectory: "Golden"))
    var files = [golden]
    if let more = ProcessInfo.processInfo.environment["BIGRAIN_CRON_CASES"] { files.append(URL(fileURLWithPath: more)) }
    for file in files {
      var cases = 0
      var wrong = 0
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        let columns = line.split(separator: "\t").map(String.init)
        let zone = try #require(TimeZone(identifier: columns[1]))
        let start = try #require(Int(columns[2]))
        let expected = columns[3].split(separator: " ").compactMap { Int($0).map { start + $0 * 60 - start % 60 } }
        let found = try expression(columns[0]).next(expected.count, after: start, in: zone)
        cases += 1
        if found != expected { wrong += 1 }
        #expect(found == expected, "\(line)")
      }
      print("\(file.lastPathComponent): \(cases) cases, \(wrong) differ")
      #expect(cases >= 1000)
    }
  }

  @Test func aSkippedHourRunsOnceAndARepeatedHourRunsOnce() throws {
    let berlin = "Europe/Berlin"
    #expect(
      try times("30 2 * * *", zone: berlin, from: "2025-03-29T12:00:00Z", 2)
        == ["2025-03-30T03:00:00+02:00", "2025-03-31T02:30:00+02:00"])
    #expect(
      try times("30 2 * * *", zone: berlin, from: "2025-10-25T12:00:00Z", 2)
        == ["2025-10-26T02:30:00+02:00", "2025-10-27T02:30:00+01:00"])
    // A job of every hour follows the elapsed time.
    #expect(
      try times("0 * * * *", zone: berlin, from: "2025-10-25T23:30:00Z", 3)
        == ["2025-10-26T02:00:00+02:00", "2025-10-26T02:00:00+01:00", "2025-10-26T03:00:00+01:00"])
    #expect(
      try times("30 * * * *", zone: berlin, from: "2025-03-30T00:00:00Z", 2)
        == ["2025-03-30T01:30:00+01:00", "2025-03-30T03:30:00+02:00"])
    // Half an hour of summer time, on Lord Howe Island.
    #expect(
      try times("15 2 * * *", zone: "Australia/Lord_Howe", from: "2025-10-04T12:00:00Z", 2)
        == ["2025-10-05T02:30:00+11:00", "2025-10-06T02:15:00+11:00"])
  }

  @Test func daysGoTogetherAsInVixiesCron() throws {
    #expect(
      try times("0 0 13 * fri", from: "2025-06-01T00:00:00Z", 2).map { $0.prefix(10) } == ["2025-06-06", "2025-06-13"])
    #expect(
      try times("0 0 */2 * mon", from: "2025-01-01T00:00:00Z", 2).map { $0.prefix(10) } == ["2025-01-13", "2025-01-27"])
    #expect(try times("0 12 29 feb *", from: "2096-03-01T00:00:00Z", 1).map { $0.prefix(10) } == ["2104-02-29"])
    #expect(try times("@weekly", from: "2025-01-01T00:00:00Z", 1) == ["2025-01-05T00:00:00Z"])
    #expect(
      try times("0 0 * * fri-mon", from: "2025-01-01T00:00:00Z", 5).map { $0.prefix(10).suffix(2) } == [
        "03", "04", "05", "06", "10",
      ])
    #expect(try expression("TZ=Asia/Kolkata 30 3 * * *").zone.identifier == "Asia/Kolkata")
  }

  @Test(arguments: [
    ("0 0 * * mon#1", "#"), ("0 0 L * *", "last day"), ("0 0 15W * *", "working day"), ("0 0 ? * mon", "write `*`"),
    ("0 0 * * 5L", "last day"), ("0 0 30 2 *", "ever comes"), ("60 0 * * *", "60 is not between 0 and 59"),
    ("0 0 * * moon", "did you mean `mon`?"), ("0 0 * *", "4 fields"), ("0 0 0 * * *", "6 fields"),
    ("*/0 * * * *", "step"), ("@every 5m", "2 fields"), ("@reboot", "not a time"), ("@dayly", "did you mean `@daily`?"),
    ("1,,2 * * * *", "understood"), ("TZ=Europe/Berln 0 0 * * *", "did you mean `Europe/Berlin`?"),
    ("-1 * * * *", "understood"),
    ("0 L * * *", "last day"), ("L 0 * * *", "last day"), ("0 0 * L *", "last day"), ("0 0 L-3 * *", "last day"),
    ("0 0 * * friL", "last day"), ("0 0 LW * *", "last day"), ("0 3 * * 1W", "working day"),
    ("0 15w * * *", "working day"), ("0 0 * W *", "working day"), ("1#2 0 * * *", "n-th"), ("0 0 * jan#1 *", "n-th"),
    ("0 0 * jull *", "did you mean `jul`?"), ("TZ= 0 0 * * *", "no time zone"),
    ("TZ=GMT+2 0 0 * * *", "name a place"), ("TZ=PST 0 0 * * *", "name a place"),
    ("TZ=europe/berlin 0 0 * * *", "did you mean `Europe/Berlin`?"), ("TZ=../zoneinfo/UTC 0 0 * * *", "no time zone"),
    ("TZ=/usr/share/zoneinfo/UTC 0 0 * * *", "no time zone"), ("TZ=zone.tab 0 0 * * *", "no time zone"),
    ("TZ=Europe 0 0 * * *", "no time zone"), ("1-2-3 * * * *", "no range"), ("0 0 * * sun/2/2", "two steps"),
    ("\u{0} * * * *", "understood"),
  ]) func whatIsNotCronIsRefusedWithAReason(_ row: (String, String)) throws {
    let error = #expect(throws: ConfigError.self) { try expression(row.0) }
    #expect(error.map { "\($0)" }?.hasPrefix("job.yaml:3:11: the schedule `") == true)
    #expect(error?.exitCode == .configuration)
    #expect(error.map { "\($0)".contains(row.1) } == true, "\(error.map { "\($0)" } ?? "")")
  }

  @Test(arguments: ["Europe/Berlin", "UTC", "GMT", "Etc/GMT+2", "PST8PDT", "US/Pacific"])
  func namesOfTheZoneDatabaseAreZones(_ name: String) throws {
    #expect(try expression("TZ=\(name) 0 0 * * *").zoneName == name)
  }

  /// July ends with Quartz's `L`.
  @Test func namesOfMonthsAreNoSigns() throws {
    #expect(try times("0 0 1 jul *", from: "2025-01-01T00:00:00Z", 1).map { $0.prefix(10) } == ["2025-07-01"])
    #expect(try times("0 0 1 may-jul/2 *", from: "2025-06-01T00:00:00Z", 1).map { $0.prefix(10) } == ["2025-07-01"])
  }

  @Test func schedulersGetWhatTheyUnderstand() throws {
    func files(_ text: String, job: String = "/srv/my jobs/a%b.yaml") throws -> ScheduleFiles {
      try ScheduleFiles(
        try expression(text), name: "a.b c", run: ScheduledRun(program: "/usr/bin/pipeline", job: job),
        output: "/srv/out")
    }
    #expect(try files("30 3 * * mon-fri").calendar == ["Mon,Tue,Wed,Thu,Fri *-*-* 03:30:00"])
    #expect(try files("TZ=Asia/Kolkata 0 */12 1 jan,jul *").calendar == ["*-01,07-01 00,12:00:00 Asia/Kolkata"])
    // Either field of days is enough.
    #expect(try files("0 0 13 * fri").calendar == ["*-*-13 00:00:00", "Fri *-*-* 00:00:00"])
    #expect(try files("0 0 * * *").timer.contains("Persistent=true"))
    #expect(try files("0 0 * * *").service.contains("ExecStart=/usr/bin/pipeline run \"/srv/my jobs/a%%b.yaml\""))
    let line = try files("30 3 * * mon").crontabLine
    #expect(
      line == "30 3 * * 1 mkdir -p /srv/out && flock -n -E 75 /srv/out/schedule.lock /usr/bin/pipeline run "
        + "'/srv/my jobs/a\\%b.yaml' >>/srv/out/schedule.log 2>&1 # bigrain-a_b_c /srv/my jobs/a%b.yaml")
    // A comment in Latin-1: a crontab need not be UTF-8.
    let others = Array("MAILTO=me\n# caf".utf8) + [0xE9] + Array("\n0 1 * * * other\n".utf8)
    let once = try files("30 3 * * mon").crontab(replacing: others)
    #expect(once == others + Array((line + "\n").utf8))
    #expect(try files("30 3 * * mon").crontab(replacing: once) == once)
    // Under another name it is still the same job's; a line that only speaks of the job is somebody's own.
    let renamed = Array(
      String(decoding: once.suffix(line.utf8.count + 1), as: UTF8.self).replacing("a_b_c", with: "a").utf8)
    let own = Array("# look at /srv/my jobs/a%b.yaml\n".utf8)
    #expect(try files("30 3 * * mon").crontab(replacing: own + renamed + renamed) == own + Array((line + "\n").utf8))
    #expect(try files("30 3 * * mon").crontab(replacing: []) == Array((line + "\n").utf8))
    #expect(
      try files("31 3 * * mon").crontab(replacing: once + Array("# end\n".utf8)).suffix(7)
        == Array("\n# end\n".utf8)[...])
    #expect(throws: ScheduleFiles.Unsupported.self) { try files("TZ=UTC 0 0 * * *").crontabLine }
  }
}
