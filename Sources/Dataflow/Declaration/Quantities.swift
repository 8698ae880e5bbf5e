/// A number of bytes: `512MiB`, `1.5GiB`, `20GB`, or a plain number of bytes.
///
/// `KiB`, `MiB`, `GiB`, `TiB` are powers of 1024, `kB`, `MB`, `GB`, `TB` powers of 1000. `64k` and `1G` are refused: half
/// of all programs read them one way and half the other.
package struct ByteSize: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// At least 0.
  package let bytes: Int

  package init(bytes: Int) {
    self.bytes = bytes
  }

  package static func mebibytes(_ count: Int) -> ByteSize { ByteSize(bytes: count << 20) }
  package static func gibibytes(_ count: Int) -> ByteSize { ByteSize(bytes: count << 30) }

  /// In the largest binary unit that divides it: `512MiB`, `1000B`.
  package var description: String {
    let units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)]
    for (unit, shift) in units where bytes != 0 && bytes % (1 << shift) == 0 { return "\(bytes >> shift)\(unit)" }
    return "\(bytes)B"
  }

  package static func < (left: ByteSize, right: ByteSize) -> Bool { left.bytes < right.bytes }

  private static let units: [String: Double] = [
    "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
    "KiB": 0x1p10, "MiB": 0x1p20, "GiB": 0x1p30, "TiB": 0x1p40,
  ]
}

extension ByteSize: Codable {
  package init(from decoder: any Decoder) throws {
    guard let config = decoder as? ConfigDecoder else {
      bytes = try decoder.singleValueContainer().decode(Int.self)
      return
    }
    let expected = "a size such as 512MiB"
    guard let (number, unit) = Measured.split(config.node) else { throw config.mismatch(expected) }
    guard let scale = unit.isEmpty ? 1 : Self.units[unit] else {
      throw config.mismatch(expected, hint: Self.hint(number, unit))
    }
    guard let bytes = Int(exactly: (number * scale).rounded(.down)), bytes >= 0 else { throw config.mismatch(expected) }
    self.bytes = bytes
  }

  private static func hint(_ number: Double, _ unit: String) -> String? {
    let letter = unit.prefix(1).uppercased()
    guard ["K", "M", "G", "T"].contains(letter), unit.count <= 3 else { return nil }
    let count = Int(exactly: number).map { "\($0)" } ?? "\(number)"
    return "write \(count)\(letter)iB (powers of 1024) or \(count)\(letter == "K" ? "k" : letter)B (powers of 1000)"
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(bytes)
  }
}

/// A part of a whole, from 0 to 1: `0.001` or `0.1%`.
package struct Fraction: Hashable, Sendable, CustomStringConvertible {
  /// From 0 to 1.
  package let value: Double

  package init(_ value: Double) {
    self.value = value
  }

  package var description: String { "\(value)" }
}

extension Fraction: Codable {
  package init(from decoder: any Decoder) throws {
    guard let config = decoder as? ConfigDecoder else {
      value = try decoder.singleValueContainer().decode(Double.self)
      return
    }
    let expected = "a fraction from 0 to 1 or a percentage such as 0.1%"
    guard let (number, unit) = Measured.split(config.node), unit.isEmpty || unit == "%" else {
      throw config.mismatch(expected)
    }
    let value = unit == "%" ? number / 100 : number
    guard value >= 0, value <= 1 else { throw config.mismatch(expected) }
    self.value = value
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }
}

/// A length of time: `250ms`, `25s`, `10min`, `2h`, `1d`, or a plain number of seconds.
package struct TimeSpan: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// At least 0.
  package let milliseconds: Int

  package init(milliseconds: Int) {
    self.milliseconds = milliseconds
  }

  package static func seconds(_ count: Int) -> TimeSpan { TimeSpan(milliseconds: count * 1000) }

  package var description: String {
    milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
  }

  package static func < (left: TimeSpan, right: TimeSpan) -> Bool { left.milliseconds < right.milliseconds }

  private static let units: [String: Double] = [
    "": 1e3, "ms": 1, "s": 1e3, "min": 6e4, "m": 6e4, "h": 3.6e6, "d": 8.64e7,
  ]
}

extension TimeSpan: Codable {
  package init(from decoder: any Decoder) throws {
    guard let config = decoder as? ConfigDecoder else {
      milliseconds = try decoder.singleValueContainer().decode(Int.self)
      return
    }
    guard let (number, unit) = Measured.split(config.node), let scale = Self.units[unit],
      let milliseconds = Int(exactly: (number * scale).rounded(.down)), milliseconds >= 0
    else { throw config.mismatch("a length of time such as 250ms, 25s, 10min or 2h") }
    self.milliseconds = milliseconds
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(milliseconds)
  }
}

/// A number and the unit after it.
private enum Measured {
  /// `1.5 GiB` as 1.5 and `GiB`; `nil` where no finite decimal number comes first.
  static func split(_ node: ConfigNode) -> (number: Double, unit: String)? {
    guard let scalar = node.scalar else { return nil }
    if let number = number(scalar.text) { return (number, "") }
    let digits = scalar.text.prefix { "0123456789.".contains($0) }
    let unit = scalar.text.dropFirst(digits.count).drop { $0 == " " }
    return number(String(digits)).map { ($0, String(unit)) }
  }

  private static func number(_ text: String) -> Double? {
    switch ConfigScalar.core(text) {
    case .integer(let value): Double(value)
    case .float(let value) where value.isFinite: value
    default: nil
    }
  }
}
