package import Foundation

extension CronExpression {
  /// The zone in which the fields count.
  package var zone: TimeZone { zoneName.flatMap(TimeZone.init(identifier:)) ?? .current }

  /// The next `count` times after `start`, in seconds since 1970, ascending; fewer only if 60 years have not so many.
  package func next(_ count: Int, after start: Int, in zone: TimeZone? = nil) -> [Int] {
    let wall = WallClock(zone: zone ?? self.zone)
    var found: [Int] = []
    var last = start
    // A day earlier, because a day of the zone may begin before that of the local date of `start`.
    var day = CivilDay(number: (start + wall.offset(at: start)).flooredDivision(by: 86_400) - 1)
    let end = day.number + 60 * 366
    while found.count < count, day.number < end {
      if !field(.month).values.contains(day.month) {
        day = day.startOfNextMonth
        continue
      }
      if matches(month: day.month, day: day.day, weekday: day.weekday) {
        for time in times(on: day, wall) where time > last && found.count < count {
          found.append(time)
          last = time
        }
      }
      day = CivilDay(number: day.number + 1)
    }
    return found
  }

  /// The times of one local day, ascending.
  private func times(on day: CivilDay, _ wall: WallClock) -> [Int] {
    var times: Set<Int> = []
    for hour in field(.hour).values {
      for minute in field(.minute).values {
        let local = day.number * 86_400 + hour * 3600 + minute * 60
        switch wall.instants(of: local) {
        case .once(let time): times.insert(time)
        case .twice(let first, let second): times.formUnion(isHourly ? [first, second] : [first])
        case .skipped(let after): if !isHourly { times.insert(after) }
        }
      }
    }
    return times.sorted()
  }
}

/// A day of the Gregorian calendar. Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", 2013.
struct CivilDay {
  /// Days since 1970-01-01.
  let number: Int
  let year: Int
  let month: Int
  let day: Int

  init(number: Int) {
    self.number = number
    let shifted = number + 719_468
    let era = shifted.flooredDivision(by: 146_097)
    let ofEra = shifted - era * 146_097
    let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * ofYear + 2) / 153
    day = ofYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// 0 is Sunday; 1970-01-01 was a Thursday.
  var weekday: Int { (number + 4) - (number + 4).flooredDivision(by: 7) * 7 }

  var startOfNextMonth: CivilDay {
    // Day 28 exists in every month, and at most 4 days follow it.
    var next = CivilDay(number: number - day + 29)
    while next.day != 1 { next = CivilDay(number: next.number + 1) }
    return next
  }
}

/// Local times of a zone and the instants that they are.
struct WallClock {
  let zone: TimeZone

  enum Instants: Equatable {
    case once(Int)
    /// The clock was set back: both instants, ascending.
    case twice(Int, Int)
    /// The clock was set forward: the first instant after the gap.
    case skipped(Int)
  }

  /// Seconds east of Greenwich at an instant.
  func offset(at instant: Int) -> Int { zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant))) }

  /// - Parameter local: seconds since 1970-01-01 00:00 on the wall.
  func instants(of local: Int) -> Instants {
    // No zone changes twice within two days, and none is further than a day from Greenwich.
    let before = offset(at: local - 86_400)
    let after = offset(at: local + 86_400)
    if before == after { return .once(local - before) }
    let found = Set([local - before, local - after]).filter { offset(at: $0) == local - $0 }.sorted()
    if found.count == 2 { return .twice(found[0], found[1]) }
    if let only = found.first { return .once(only) }
    return .skipped(change(between: local - max(before, after), and: local - min(before, after)))
  }

  /// The first instant of the new offset.
  private func change(between start: Int, and end: Int) -> Int {
    var (low, high) = (start, end)
    let old = offset(at: start)
    while low + 1 < high {
      let middle = (low + high) / 2
      if offset(at: middle) == old { low = middle } else { high = middle }
    }
    return high
  }
}

extension Int {
  fileprivate func flooredDivision(by divisor: Int) -> Int {
    self >= 0 ? self / divisor : -((divisor - 1 - self) / divisor)
  }
}
