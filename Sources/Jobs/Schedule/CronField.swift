internal import Dataflow

/// One field of a cron line: which values of a minute, an hour, a day, a month or a day of the week match.
struct CronField: Sendable, Equatable {
  /// What the five fields are called, and what they may hold.
  enum Kind: Int, CaseIterable, Sendable {
    case minute, hour, day, month, weekday

    var range: ClosedRange<Int> {
      switch self {
      case .minute: 0...59
      case .hour: 0...23
      case .day: 1...31
      case .month: 1...12
      // 7 is Sunday, as 0 is.
      case .weekday: 0...7
      }
    }

    /// Names from the first value on: `jan` is 1, `sun` is 0.
    var names: [String] {
      switch self {
      case .month: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
      case .weekday: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
      default: []
      }
    }

    var title: String {
      switch self {
      case .minute: "the minute"
      case .hour: "the hour"
      case .day: "the day of the month"
      case .month: "the month"
      case .weekday: "the day of the week"
      }
    }
  }

  let kind: Kind
  /// As it was written.
  let text: String
  /// Ascending; Sunday is 0.
  let values: [Int]
  /// Whether it begins with `*`, which decides how the two fields of days go together (see `CronExpression`).
  let beginsWithStar: Bool

  /// Whether every value matches.
  var isEvery: Bool { values.count == (kind == .weekday ? 7 : kind.range.count) }

  /// What cannot be read, in words.
  struct Mistake: Error {
    let text: String
  }

  init(_ text: String, _ kind: Kind) throws(Mistake) {
    self.kind = kind
    self.text = text
    beginsWithStar = text.hasPrefix("*")
    var found: Set<Int> = []
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      found.formUnion(try Self.values(of: String(item), kind))
    }
    values = found.sorted()
  }

  /// `*`, `a`, `a-b`, each with `/step` or without; `a/step` goes from a to the end; `fri-mon` goes around.
  private static func values(of item: String, _ kind: Kind) throws(Mistake) -> Set<Int> {
    try refuse(item, kind)
    let parts = item.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= 2 else { throw Mistake(text: "`\(shown(item))` has two steps") }
    var step = 1
    if parts.count == 2 {
      guard let number = number(parts[1]), number >= 1 else {
        throw Mistake(text: "the step in `\(shown(item))` is no whole number from 1")
      }
      step = number
    }
    let range = kind.range
    let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    let top = kind == .weekday ? 6 : range.upperBound
    if parts[0] == "*" { return Set(stride(from: range.lowerBound, through: top, by: step)) }
    guard (1...2).contains(ends.count) else { throw Mistake(text: "`\(shown(item))` is no range") }
    let first = try value(ends[0], kind, item)
    let last = ends.count == 2 ? try value(ends[1], kind, item) : parts.count == 2 ? max(top, first) : first
    // Around the end: `fri-mon`, `nov-feb`.
    let size = top - range.lowerBound + 1
    let end = last < first ? last + size : last
    return Set(stride(from: first, through: end, by: step).map { ($0 - range.lowerBound) % size + range.lowerBound })
  }

  private static func number(_ text: String) -> Int? {
    guard !text.isEmpty, text.utf8.count <= 4, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return Int(text)
  }

  private static func value(_ text: String, _ kind: Kind, _ item: String) throws(Mistake) -> Int {
    if let index = kind.names.firstIndex(of: text.lowercased()) { return index + kind.range.lowerBound }
    guard let number = number(text) else {
      let hint = Suggestion.hint(for: text, among: kind.names)
      throw Mistake(text: "`\(shown(item))` is not understood\(hint.map { ", \($0)" } ?? "")")
    }
    guard kind.range.contains(number) else {
      throw Mistake(text: "\(number) is not between \(kind.range.lowerBound) and \(kind.range.upperBound)")
    }
    return number
  }

  /// Quartz's signs, in every field. Schedulers that ignore one run a job every week that should run once a month.
  private static func refuse(_ item: String, _ kind: Kind) throws(Mistake) {
    if item.contains("#") {
      throw Mistake(
        text: "`#` (the n-th weekday of a month) is not cron's: give the weekday and let the job decide")
    }
    if item.contains("?") { throw Mistake(text: "`?` is not cron's: write `*`") }
    let words = item.lowercased().split(whereSeparator: { $0 == "-" || $0 == "/" }).map(String.init)
    for word in words where !kind.names.contains(word) {
      // `l`, `5l`, `fril`.
      func isValue(before sign: String) -> Bool {
        guard word.hasSuffix(sign) else { return false }
        let rest = String(word.dropLast(sign.count))
        return rest.isEmpty || number(rest) != nil || kind == .weekday && kind.names.contains(rest)
      }
      if isValue(before: "l") || word == "lw" {
        throw Mistake(text: "`L` (the last day) is not cron's: months end on different days; run on day 1 instead")
      }
      if isValue(before: "w") {
        throw Mistake(text: "`W` (the nearest working day) is not cron's: give the weekdays, such as `mon-fri`")
      }
    }
  }

  // MARK: a crontab

  /// The field in the words of Vixie's crontab, which has no names in lists, no ranges that go around and no `a/step`.
  ///
  /// Values, and `*` for all of them; but of the two fields of days cron looks at the first letter too (see
  /// `CronExpression`): each goes on beginning with `*` if it does, and only then.
  var crontab: String {
    let isOfDays = kind == .day || kind == .weekday
    guard isOfDays else { return isEvery ? "*" : Self.list(values) }
    guard beginsWithStar else {
      return isEvery ? "\(values[0])-\(values[values.count - 1])" : Self.list(values)
    }
    if isEvery { return "*" }
    // Here the first item is `*/step`. A step beyond the field's end leaves its first value alone, as one to it does.
    let star = text.prefix { $0 != "," }.drop { $0 != "/" }.dropFirst()
    let step = min(Self.number(String(star)) ?? 1, kind.range.upperBound)
    let stepped = Set(stride(from: kind.range.lowerBound, through: kind.range.upperBound, by: step))
    let others = values.filter { !stepped.contains($0) }
    return others.isEmpty ? "*/\(step)" : "*/\(step),\(Self.list(others))"
  }

  private static func list(_ values: [Int]) -> String { values.map(String.init).joined(separator: ",") }
}
