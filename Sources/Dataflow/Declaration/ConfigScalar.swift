/// A scalar as it was written, and how it was written, which decides what it may mean.
package struct ConfigScalar: Sendable, Equatable {
  package enum Style: Sendable {
    /// Written without quotes: means what the core schema makes of it.
    case plain
    /// Written in quotes or as a block: always a text.
    case quoted
    /// From the environment or the command line, where quotes cannot be told: a text if a text is asked for, otherwise
    /// as if plain.
    case untyped
    /// A path that has been resolved against the working directory already: always a text.
    case path
  }

  /// What a scalar means in YAML 1.2's core schema. `yes`, `on` and `12:30` are texts.
  package enum Resolved: Sendable, Equatable {
    case null
    case boolean(Bool)
    case integer(Int128)
    case float(Double)
    case text(String)
  }

  package let text: String
  package let style: Style

  package init(text: String, style: Style) {
    self.text = text
    self.style = style
  }

  package var resolved: Resolved {
    switch style {
    case .quoted, .path: .text(text)
    case .plain, .untyped: Self.core(text)
    }
  }

  /// The text if a text may be read here: a plain `12` is a number and must be quoted to be a text.
  package var asText: String? {
    if case .text(let text) = resolved { return text }
    return style == .untyped && resolved != .null ? text : nil
  }

  /// What the value is, for a message: `the number 5`.
  package var summary: String {
    switch resolved {
    case .null: "nothing"
    case .boolean(let value): "\(value)"
    case .integer, .float: "the number \(shown(text))"
    case .text(let text): "the text \"\(shown(text))\""
    }
  }
}

extension ConfigScalar {
  /// The core schema's reading of a plain scalar (YAML 1.2.2, section 10.3.2). An integer beyond 128 bits is a float.
  static func core(_ text: String) -> Resolved {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .boolean(true)
    case "false", "False", "FALSE": return .boolean(false)
    case ".nan", ".NaN", ".NAN": return .float(.nan)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .float(.infinity)
    case "-.inf", "-.Inf", "-.INF": return .float(-.infinity)
    default: break
    }
    if let integer = coreInteger(text) { return .integer(integer) }
    if isCoreFloat(text), let value = Double(text) { return .float(value) }
    return .text(text)
  }

  /// `[-+]?[0-9]+`, `0o[0-7]+`, `0x[0-9a-fA-F]+`.
  private static func coreInteger(_ text: String) -> Int128? {
    if text.hasPrefix("0o") { return unsigned(text.dropFirst(2), radix: 8) }
    if text.hasPrefix("0x") { return unsigned(text.dropFirst(2), radix: 16) }
    let digits = text.first == "-" || text.first == "+" ? text.dropFirst() : text[...]
    guard !digits.isEmpty, digits.utf8.allSatisfy(isDigit) else { return nil }
    return Int128(text)
  }

  private static func unsigned(_ digits: Substring, radix: Int) -> Int128? {
    guard let first = digits.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "+") else { return nil }
    return Int128(digits, radix: radix)
  }

  /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`; Swift's own `Double(_:)` also takes `0x1p3` and `inf`.
  private static func isCoreFloat(_ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    func skipSign() {
      if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
    }
    func skipDigits() -> Int {
      let count = rest.prefix(while: isDigit).count
      rest.removeFirst(count)
      return count
    }
    skipSign()
    let whole = skipDigits()
    var fraction = 0
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      fraction = skipDigits()
    }
    guard whole + fraction > 0 else { return false }
    guard let mark = rest.popFirst() else { return true }
    guard mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") else { return false }
    skipSign()
    return skipDigits() > 0 && rest.isEmpty
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }
}
