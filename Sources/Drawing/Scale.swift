internal import Foundation

/// Turns values into places of an axis, and says where its ticks are.
struct Scale {
  enum Kind {
    case linear
    /// Powers of ten; what is below `low` stands at `low`.
    case logarithmic
  }

  let kind: Kind
  let low: Double
  let high: Double

  /// From `low` to a round number at or above `high`.
  init(_ kind: Kind = .linear, from low: Double = 0, to high: Double, ticks: Int = 5) {
    self.kind = kind
    switch kind {
    case .linear:
      let step = Self.step(max(high - low, .leastNormalMagnitude), ticks)
      self.low = (low / step).rounded(.down) * step
      self.high = max((high / step - 1e-9).rounded(.up) * step, self.low + step)
    case .logarithmic:
      self.low = pow(10, log10(max(low, 1e-9)).rounded(.down))
      self.high = pow(10, max(log10(max(high, 1e-9)).rounded(.up), log10(self.low) + 1))
    }
  }

  /// From `low` to `high` as they are.
  init(exactly range: ClosedRange<Double>) {
    kind = .linear
    low = range.lowerBound
    high = max(range.upperBound, range.lowerBound + .leastNormalMagnitude)
  }

  /// 1, 2 or 5 times a power of ten, about `count` of which fill `span`.
  static func step(_ span: Double, _ count: Int) -> Double {
    let raw = span / Double(max(count, 1))
    guard raw > 0, raw.isFinite else { return 1 }
    let power = pow(10, log10(raw).rounded(.down))
    let digit = raw / power
    return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10)
  }

  /// Values that get a tick; on a linear axis round in the unit that is `divisor` of the value's.
  func ticks(_ count: Int = 5, divisor: Double = 1) -> [Double] {
    switch kind {
    case .linear:
      let step = Self.step((high - low) / divisor, count) * divisor
      let first = Int((low / step - 1e-9).rounded(.up))
      let last = Int((high / step + 1e-9).rounded(.down))
      guard last >= first, last - first < 1000 else { return [low, high] }
      return (first...last).map { Double($0) * step }
    case .logarithmic:
      let powers = Int(log10(low).rounded())...Int(log10(high).rounded())
      let stride = max(1, (powers.count + 7) / 8)
      return powers.enumerated().filter { $0.offset % stride == 0 }.map { pow(10, Double($0.element)) }
    }
  }

  /// 0 at `low`, 1 at `high`; beyond them no further.
  func position(_ value: Double) -> Double {
    switch kind {
    case .linear: min(max((value - low) / (high - low), 0), 1)
    case .logarithmic: min(max((log10(max(value, low)) - log10(low)) / (log10(high) - log10(low)), 0), 1)
    }
  }
}
