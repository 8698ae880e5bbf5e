/// An amount over time in steps of equal length.
package struct Curve {
  /// One value a step, from time 0 on.
  package let values: [Double]
  /// Seconds of a step.
  package let step: Double
  package let vertical: Quantity
  /// Of the whole axis.
  package let seconds: Double

  package init(_ values: [Double], step: Double, vertical: Quantity, seconds: Double) {
    self.values = values
    self.step = step
    self.vertical = vertical
    self.seconds = seconds
  }

  package func svg(label: String) -> String {
    var plot = Plot(height: 170, x: Scale(to: seconds, ticks: 8), y: Scale(to: max(values.max() ?? 0, 1)))
    plot.verticalAxis(vertical)
    let points = values.enumerated().flatMap { index, value in
      [
        (x: plot.x(Double(index) * step), y: plot.y(value)),
        (x: plot.x(min(Double(index + 1) * step, seconds)), y: plot.y(value)),
      ]
    }
    if let first = points.first, let last = points.last {
      plot.svg.path(
        SVG.polyline([(first.x, plot.bottom)] + points + [(last.x, plot.bottom)]) + " Z", "\(Theme.fill(0)) veil")
      plot.svg.path(SVG.polyline(points), "\(Theme.stroke(0)) thick")
    }
    plot.horizontalAxis(Quantity("Time since the run began", .seconds))
    return plot.element(label: label)
  }
}
