package import Dataflow
internal import Foundation

/// When a job runs: five fields of cron (minute, hour, day of the month, month, day of the week), in a time zone.
///
/// ```
/// schedule = ["TZ=" zone " "] (minute hour day month weekday | "@hourly" | "@daily" | "@midnight" | "@weekly"
///            | "@monthly" | "@yearly" | "@annually")
/// field    = item ("," item)*       item = ("*" | value ["-" value]) ["/" step]        names: jan-dec, sun-sat
/// ```
/// As cron(8) of Vixie has it, which installs our lines: when neither field of days begins with `*`, a day matches if
/// **either** does; otherwise if both do. Without `TZ=` the zone is the machine's.
///
/// **Summer time.** A local time that is skipped runs once, at the first minute after the gap. A local time that comes
/// twice runs once, the first time. A schedule that matches every hour follows the elapsed time instead: it runs in
/// both of the repeated hours, and nothing is made up for a skipped one.
package struct CronExpression: Sendable, Equatable {
  /// As it was written.
  package let text: String
  /// The zone that was written; `nil` is the machine's.
  package let zoneName: String?
  let fields: [CronField]

  private static let nicknames = [
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
  ]

  /// Throws `ConfigError` at `location`: what is wrong with it, and why signs of other schedulers are refused.
  package init(_ text: String, at location: SourceLocation) throws {
    func mistake(_ problem: String, hint: String? = nil) -> ConfigError {
      ConfigError(location, "the schedule `\(shown(text))`: \(problem)", hint: hint)
    }
    self.text = text
    var words = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
    var zone: String?
    if let first = words.first, first.hasPrefix("TZ=") || first.hasPrefix("CRON_TZ=") {
      let name = String(first.drop { $0 != "=" }.dropFirst())
      guard ZoneName.isKnown(name) else {
        throw mistake("there is no time zone `\(shown(name))`", hint: ZoneName.hint(for: name))
      }
      zone = name
      words.removeFirst()
    }
    zoneName = zone
    if words.count == 1, let word = words.first, word.hasPrefix("@") {
      guard let line = Self.nicknames[word.lowercased()] else {
        throw mistake(
          "`\(shown(word))` is not a time of day",
          hint: Suggestion.hint(for: word, among: Self.nicknames.keys.sorted())
            ?? "there are \(listed(Self.nicknames.keys.sorted()))")
      }
      words = line.split(separator: " ").map(String.init)
    }
    guard words.count == 5 else {
      let hint = words.count == 6 ? "cron has no seconds and no years" : "minute hour day month weekday"
      throw mistake("\(words.count) fields, not 5", hint: hint)
    }
    var fields: [CronField] = []
    for (word, kind) in zip(words, CronField.Kind.allCases) {
      do {
        fields.append(try CronField(word, kind))
      } catch {
        throw mistake("\(kind.title): \(error.text)")
      }
    }
    self.fields = fields
    guard mayCome else { throw mistake("no such day ever comes") }
  }

  func field(_ kind: CronField.Kind) -> CronField { fields[kind.rawValue] }

  /// Whether the two fields of days must both match, or one of them.
  var needsBothDays: Bool { field(.day).beginsWithStar || field(.weekday).beginsWithStar }

  /// The 30th of February and its like.
  private var mayCome: Bool {
    if !needsBothDays { return true }
    let longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard let first = field(.day).values.first else { return false }
    return field(.month).values.contains { longest[$0 - 1] >= first }
  }

  /// - Parameter weekday: 0 is Sunday.
  func matches(month: Int, day: Int, weekday: Int) -> Bool {
    guard field(.month).values.contains(month) else { return false }
    let isDay = field(.day).values.contains(day)
    let isWeekday = field(.weekday).values.contains(weekday)
    return needsBothDays ? isDay && isWeekday : isDay || isWeekday
  }

  /// Whether every hour matches: then it follows the elapsed time, not the clock on the wall.
  var isHourly: Bool { field(.hour).isEvery }
}
