internal import Foundation

/// A drawing in SVG: elements one after the other. Colours are classes, so that one drawing serves light and dark pages
/// (see `Theme`).
package struct SVG {
  package let width: Double
  package let height: Double
  private var body = ""

  package enum Anchor: String { case start, middle, end }

  package init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  /// - Parameter title: what a pointer that rests on it reads.
  package mutating func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String, radius: Double = 0, title: String = ""
  ) {
    let corner = radius > 0 ? " rx=\"\(Self.number(radius))\"" : ""
    add("rect x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(width))\" height=\"\(n(height))\"\(corner)", style, title)
  }

  package mutating func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String, title: String = ""
  ) {
    add("line x1=\"\(n(x1))\" y1=\"\(n(y1))\" x2=\"\(n(x2))\" y2=\"\(n(y2))\"", style, title)
  }

  package mutating func circle(_ x: Double, _ y: Double, _ radius: Double, _ style: String, title: String = "") {
    add("circle cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"\(n(radius))\"", style, title)
  }

  /// - Parameter data: what SVG calls path data; see `Self.polyline`.
  package mutating func path(_ data: String, _ style: String, title: String = "") {
    add("path d=\"\(data)\"", style, title)
  }

  package mutating func text(_ x: Double, _ y: Double, _ text: String, _ style: String = "", _ anchor: Anchor = .start)
  {
    let place = anchor == .start ? "" : " text-anchor=\"\(anchor.rawValue)\""
    body += "<text x=\"\(n(x))\" y=\"\(n(y))\"\(place)\(Self.attribute(style))>\(Self.escaped(text))</text>\n"
  }

  private mutating func add(_ element: String, _ style: String, _ title: String) {
    body += "<\(element)\(Self.attribute(style))"
    body += title.isEmpty ? "/>\n" : "><title>\(Self.escaped(title))</title></\(element.prefix { $0 != " " })>\n"
  }

  private static func attribute(_ style: String) -> String { style.isEmpty ? "" : " class=\"\(style)\"" }

  private func n(_ value: Double) -> String { Self.number(value) }

  /// The element, to stand in a page.
  ///
  /// - Parameters:
  ///   - label: what it shows, for those who cannot see it.
  ///   - kind: its class.
  package func element(label: String, kind: String = "drawing") -> String {
    "<svg class=\"\(kind)\" viewBox=\"0 0 \(n(width)) \(n(height))\" role=\"img\" aria-label=\"\(Self.escaped(label))\">\n\(body)</svg>\n"
  }

  /// A file by itself, which follows the reader's light or dark theme.
  package func file(label: String) -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" width="\(n(width))" height="\(n(height))" \
    viewBox="0 0 \(n(width)) \(n(height))" role="img" aria-label="\(Self.escaped(label))">
    <style>\(Theme.css)</style>
    <rect width="100%" height="100%" class="ground"/>
    \(body)</svg>

    """
  }

  /// Path data of straight lines through the points.
  package static func polyline(_ points: [(x: Double, y: Double)]) -> String {
    points.enumerated().map { "\($0 == 0 ? "M" : "L")\(number($1.x)) \(number($1.y))" }.joined(separator: " ")
  }

  /// With at most two decimals, never in a locale.
  package static func number(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let hundredths = (value * 100).rounded()
    guard abs(hundredths) < 1e15 else { return "0" }
    let whole = Int(hundredths)
    if whole % 100 == 0 { return String(whole / 100) }
    let digits = abs(whole % 100)
    let tail = digits % 10 == 0 ? "\(digits / 10)" : digits < 10 ? "0\(digits)" : "\(digits)"
    return "\(whole < 0 ? "-" : "")\(abs(whole) / 100).\(tail)"
  }

  /// Text of any origin, for a place between tags or in a quoted attribute. Control characters, which XML does not have,
  /// become U+FFFD.
  package static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\t", "\n": result += " "
      case "\u{0}"..<" ", "\u{7F}"..<"\u{A0}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
