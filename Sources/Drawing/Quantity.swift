internal import Foundation

/// What an axis shows: its name and its unit, both of which are written beside it.
package struct Quantity: Sendable {
  package enum Unit: Sendable {
    case seconds
    case bytes
    /// Things, such as `tokens/s`: large counts are given in thousands and more.
    case count(String)
    /// Values from 0 to 1, shown in percent.
    case percent
    /// A number as it is, in a unit of its own, such as `impact`.
    case number(String)
  }

  package let name: String
  package let unit: Unit

  package init(_ name: String, _ unit: Unit) {
    self.name = name
    self.unit = unit
  }

  /// What values are divided by before they are written, and the axis's title with the unit, for values up to `largest`.
  func scaled(to largest: Double) -> (divisor: Double, title: String) {
    switch unit {
    case .seconds:
      if largest < 1 { return (1e-3, "\(name) (ms)") }
      if largest < 180 { return (1, "\(name) (s)") }
      return largest < 10_800 ? (60, "\(name) (min)") : (3600, "\(name) (h)")
    case .bytes:
      let steps = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")]
      let step = steps.first { largest >= $0.0 } ?? (1, "B")
      return (step.0, "\(name) (\(step.1))")
    case .count(let things):
      if largest < 1e4 { return (1, "\(name) (\(things))") }
      let step = [(1e9, "billion"), (1e6, "million")].first { largest >= $0.0 } ?? (1e3, "thousand")
      return (step.0, "\(name) (\(step.1) \(things))")
    case .percent: return (0.01, "\(name) (%)")
    case .number(let unit): return (1, "\(name) (\(unit))")
    }
  }

  /// One value with its unit: `12.3 MB`.
  package func text(_ value: Double) -> String {
    let (divisor, title) = scaled(to: abs(value))
    let number = Self.short(value / divisor)
    let unit = title.dropFirst(name.count + 2).dropLast()
    return "\(number) \(unit)"
  }

  /// Three significant digits, never in a locale: `0.00123`, `1.5`, `120`.
  package static func short(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    if value == 0 { return "0" }
    let size = abs(value)
    let decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : min(6, 2 - Int(log10(size).rounded(.down)))
    var text = String(format: "%.\(decimals)f", value)
    if text.contains(".") {
      while text.hasSuffix("0") { text.removeLast() }
      if text.hasSuffix(".") { text.removeLast() }
    }
    return text
  }
}
