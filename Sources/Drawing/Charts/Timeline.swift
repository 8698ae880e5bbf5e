/// What was at work when: lanes of coloured stretches over time.
package struct Timeline {
  package struct Stretch: Sendable {
    package let lane: Int
    /// Seconds.
    package let start: Double
    package let seconds: Double
    package let series: Int
    package let title: String

    package init(lane: Int, start: Double, seconds: Double, series: Int, title: String) {
      self.lane = lane
      self.start = start
      self.seconds = seconds
      self.series = series
      self.title = title
    }
  }

  package let lanes: [String]
  package let stretches: [Stretch]
  /// Moments with a name, such as the beginning of a pass.
  package let moments: [(name: String, seconds: Double)]
  /// Of the whole axis.
  package let seconds: Double

  package init(
    lanes: [String], stretches: [Stretch], moments: [(name: String, seconds: Double)], seconds: Double
  ) {
    self.lanes = lanes
    self.stretches = stretches
    self.moments = moments
    self.seconds = seconds
  }

  private static let row = 24.0
  private static let width = 1064.0

  package func svg(label: String) -> String {
    let longest = lanes.map(Plot.textWidth).max() ?? 0
    var plot = Plot(
      width: Self.width, height: Self.row * Double(max(lanes.count, 1)) + 4, left: longest + 14, top: 40,
      x: Scale(to: seconds, ticks: 8),
      y: Scale(exactly: 0...1))
    plot.verticalTitle("At work")
    plot.horizontalAxis(Quantity("Time since the run began", .seconds), grid: true)
    for (index, lane) in lanes.enumerated() {
      plot.svg.text(plot.left - 8, y(index, plot) + 13, lane, "small", .end)
    }
    for stretch in stretches where lanes.indices.contains(stretch.lane) {
      let start = plot.x(stretch.start)
      plot.svg.rectangle(
        start, y(stretch.lane, plot), max(plot.x(stretch.start + stretch.seconds) - start, 0.4), Self.row - 6,
        Theme.fill(stretch.series), title: stretch.title)
    }
    draw(moments, &plot)
    return plot.element(label: label)
  }

  private func y(_ lane: Int, _ plot: Plot) -> Double { plot.top + 4 + Self.row * Double(lane) }

  /// Dashed lines; a name that would run into the one before it is left out.
  private func draw(_ moments: [(name: String, seconds: Double)], _ plot: inout Plot) {
    var free = 0.0
    for (name, seconds) in moments {
      let x = plot.x(seconds)
      plot.svg.line(x, plot.top - 8, x, plot.bottom, "mark")
      let width = Plot.textWidth(name)
      let place = x + 4 + width <= plot.right ? x + 4 : x - 4 - width
      guard place >= free else { continue }
      plot.svg.text(place, plot.top - 3, name, "small soft")
      free = place + width + 8
    }
  }
}
