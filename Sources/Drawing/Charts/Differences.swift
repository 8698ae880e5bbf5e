/// One value an item, in descending order, as lines up and down from zero: what gained and what lost.
package struct Differences {
  package let items: [(name: String, value: Double)]
  package let horizontal: Quantity
  package let vertical: Quantity
  /// Lines that are drawn at most; of more items, evenly spaced ones.
  private static let limit = 400

  /// - Parameter items: in any order.
  package init(_ items: [(name: String, value: Double)], horizontal: Quantity, vertical: Quantity) {
    self.items = items.sorted { $0.value == $1.value ? $0.name < $1.name : $0.value > $1.value }
    self.horizontal = horizontal
    self.vertical = vertical
  }

  package func svg(label: String) -> String {
    let high = max(items.first?.value ?? 0, 0)
    let low = min(items.last?.value ?? 0, 0)
    let span = max(high - low, 1e-3)
    var plot = Plot(
      height: 190, x: Scale(exactly: 0...Double(max(items.count, 1))),
      y: Scale(from: low, to: max(high, low + span), ticks: 4))
    plot.verticalAxis(vertical)
    let stride = max(1, (items.count + Self.limit - 1) / Self.limit)
    for index in Swift.stride(from: 0, to: items.count, by: stride) {
      let item = items[index]
      let x = plot.x(Double(index) + 0.5)
      let style = item.value < 0 ? 1 : 0
      let title = "\(item.name): \(Quantity.short(item.value))"
      plot.svg.line(x, plot.y(0), x, plot.y(item.value), Theme.stroke(style), title: title)
      plot.svg.circle(x, plot.y(item.value), items.count > 120 ? 1.6 : 3, Theme.fill(style), title: title)
    }
    plot.horizontalAxis(horizontal)
    return plot.element(label: label)
  }
}
