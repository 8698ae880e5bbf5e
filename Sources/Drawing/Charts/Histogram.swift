/// How often values fall into bins.
package struct Histogram {
  package struct Bin: Sendable {
    package let low: Double
    /// Where the next bin begins.
    package let high: Double
    package let count: Double
    /// What it is called: `2 to 3` for whole numbers, whose bins do not overlap.
    package let name: String?

    package init(_ low: Double, _ high: Double, _ count: Double, name: String? = nil) {
      self.name = name
      self.low = low
      self.high = high
      self.count = count
    }
  }

  /// What the bins are drawn over.
  package let horizontal: Quantity
  package let vertical: Quantity
  /// In ascending order.
  package let bins: [Bin]
  /// Whether both axes are logarithmic.
  package let isLogarithmic: Bool
  /// A second distribution of the same quantity, drawn as a line, with the names of both.
  package let outline: [Bin]
  package let names: (bins: String, outline: String)?

  package init(
    _ bins: [Bin], horizontal: Quantity, vertical: Quantity, isLogarithmic: Bool = false, outline: [Bin] = [],
    names: (bins: String, outline: String)? = nil
  ) {
    self.bins = bins
    self.horizontal = horizontal
    self.vertical = vertical
    self.isLogarithmic = isLogarithmic
    self.outline = outline
    self.names = names
  }

  package func svg(label: String) -> String {
    let all = bins + outline
    let highest = all.map(\.count).max() ?? 1
    let kind = isLogarithmic ? Scale.Kind.logarithmic : .linear
    let range = (all.map(\.low).min() ?? 0)...(all.map(\.high).max() ?? 1)
    var plot = Plot(
      height: 190,
      x: isLogarithmic ? Scale(kind, from: range.lowerBound, to: range.upperBound) : Scale(exactly: range),
      y: Scale(kind, from: isLogarithmic ? 1 : 0, to: highest))
    plot.verticalAxis(vertical)
    for bin in bins where bin.count > 0 {
      let (start, end) = (plot.x(bin.low), plot.x(bin.high))
      let gap = end - start > 4 ? 1.0 : 0
      plot.svg.rectangle(
        start, plot.y(bin.count), max(end - start - gap, 0.6), plot.bottom - plot.y(bin.count), Theme.fill(0),
        title: "\(bin.name ?? "\(Quantity.short(bin.low)) to \(Quantity.short(bin.high))"): \(vertical.text(bin.count))"
      )
    }
    if !outline.isEmpty {
      let points = outline.flatMap {
        [(x: plot.x($0.low), y: plot.y($0.count)), (x: plot.x($0.high), y: plot.y($0.count))]
      }
      plot.svg.path(SVG.polyline(points), "\(Theme.stroke(1)) thick")
    }
    plot.horizontalAxis(horizontal)
    if let names { plot.legend([(names.bins, Theme.fill(0)), (names.outline, Theme.fill(1))]) }
    return plot.element(label: label)
  }
}
