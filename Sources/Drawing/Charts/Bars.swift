/// Named amounts as bars, one below the other.
package struct Bars {
  package struct Bar: Sendable {
    package let name: String
    package let value: Double
    /// The colour: see `Theme`.
    package let series: Int
    /// What a pointer that rests on the bar reads besides.
    package let note: String

    package init(_ name: String, _ value: Double, series: Int = 0, note: String = "") {
      self.name = name
      self.value = value
      self.series = series
      self.note = note
    }
  }

  package let bars: [Bar]
  /// What the names are names of.
  package let names: String
  package let quantity: Quantity

  package init(_ bars: [Bar], names: String, quantity: Quantity) {
    self.bars = bars
    self.names = names
    self.quantity = quantity
  }

  private static let row = 23.0

  package func svg(label: String) -> String {
    let longest = min(bars.map { 1.15 * Plot.textWidth($0.name) }.max() ?? 0, 204)
    var plot = Plot(
      height: Self.row * Double(max(bars.count, 1)) + 4, left: longest + 14, right: 76,
      x: Scale(to: bars.map(\.value).max() ?? 1), y: Scale(exactly: 0...1))
    plot.verticalTitle(names)
    plot.horizontalAxis(quantity, grid: true)
    for (index, bar) in bars.enumerated() {
      let y = plot.top + Self.row * Double(index) + 4
      let text = quantity.text(bar.value)
      plot.svg.text(plot.left - 8, y + 12, Plot.shortened(bar.name, to: 31), "small", .end)
      plot.svg.rectangle(
        plot.left, y, max(plot.x(bar.value) - plot.left, 0.8), Self.row - 7, Theme.fill(bar.series), radius: 2,
        title: "\(bar.name): \(text)\(bar.note.isEmpty ? "" : ", \(bar.note)")")
      plot.svg.text(plot.x(bar.value) + 6, y + 12, text, "small soft")
    }
    return plot.element(label: label)
  }
}
