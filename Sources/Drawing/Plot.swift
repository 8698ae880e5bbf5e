/// A chart's frame: an area between two axes with ticks, numbers, names and units. Charts draw into it.
struct Plot {
  static let usualWidth = 640.0
  var svg: SVG
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double
  let x: Scale
  let y: Scale

  /// - Parameters:
  ///   - width: of the whole.
  ///   - height: of the area between the axes.
  ///   - left: room for what stands beside the vertical axis.
  init(
    width: Double = usualWidth, height: Double, left: Double = 52, right: Double = 16, top: Double = 26, x: Scale,
    y: Scale
  ) {
    svg = SVG(width: width, height: top + height + 42)
    self.left = left
    self.right = width - right
    self.top = top
    bottom = top + height
    self.x = x
    self.y = y
  }

  func x(_ value: Double) -> Double { left + x.position(value) * (right - left) }
  func y(_ value: Double) -> Double { bottom - y.position(value) * (bottom - top) }

  /// The horizontal axis with its numbers and its title.
  mutating func horizontalAxis(_ quantity: Quantity, grid: Bool = false) {
    let (divisor, title) = quantity.scaled(to: x.kind == .linear ? x.high : 1)
    for tick in x.ticks(divisor: divisor) {
      if grid { svg.line(x(tick), top, x(tick), bottom, "grid") }
      svg.line(x(tick), bottom, x(tick), bottom + 4, "axis")
      svg.text(x(tick), bottom + 17, number(tick / divisor, x), "soft small", .middle)
    }
    svg.line(left, bottom, right, bottom, "axis")
    svg.text((left + right) / 2, bottom + 36, title, "soft", .middle)
  }

  /// The vertical axis: lines across the area, numbers, and the title above it.
  mutating func verticalAxis(_ quantity: Quantity) {
    let (divisor, title) = quantity.scaled(to: y.kind == .linear ? max(abs(y.high), abs(y.low)) : 1)
    for tick in y.ticks(4, divisor: divisor) {
      svg.line(left, y(tick), right, y(tick), tick == 0 ? "axis" : "grid")
      svg.text(left - 7, y(tick) + 4, number(tick / divisor, y), "soft small", .end)
    }
    svg.text(0, 12, title, "soft")
  }

  /// At a tick: powers of ten with a letter for thousands.
  private func number(_ value: Double, _ scale: Scale) -> String {
    guard scale.kind == .logarithmic else { return Quantity.short(value) }
    let step = [(1e9, "G"), (1e6, "M"), (1e3, "k")].first { value >= $0.0 } ?? (1, "")
    return Quantity.short(value / step.0) + step.1
  }

  func element(label: String) -> String { svg.element(label: label, kind: "chart") }

  /// The title of a vertical axis whose places are words.
  mutating func verticalTitle(_ title: String) { svg.text(0, 12, title, "soft") }

  /// Names of series with their colours, from the right end of the line above the area.
  mutating func legend(_ names: [(name: String, style: String)]) {
    var end = right
    for (name, style) in names.reversed() {
      let width = Self.textWidth(name)
      svg.text(end, 12, name, "small soft", .end)
      svg.rectangle(end - width - 13, 3.5, 9, 9, style, radius: 2)
      end -= width + 27
    }
  }

  /// About how wide a text of 11 pixels is; nothing can measure fonts here.
  static func textWidth(_ text: String) -> Double { Double(text.count) * 5.7 }

  /// The text, cut off where it is longer than `count` characters.
  static func shortened(_ text: String, to count: Int) -> String {
    text.count <= count ? text : text.prefix(max(count - 1, 0)) + "…"
  }
}
