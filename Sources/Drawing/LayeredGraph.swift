/// A graph without cycles drawn from left to right: every node one layer behind the last of those before it, edges
/// through the gaps between layers, few of which cross.
///
/// Source: Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures", 1981, with
/// barycentres and no more than what graphs of some dozens of nodes need.
package struct LayeredGraph {
  package struct Node: Sendable {
    package let title: String
    package let subtitle: String
    package let series: Int

    package init(_ title: String, subtitle: String, series: Int) {
      self.title = title
      self.subtitle = subtitle
      self.series = series
    }
  }

  /// From node to node, by their indexes: `from` is below `to`.
  package struct Edge: Sendable {
    package let from: Int
    package let to: Int
    package let label: String

    package init(from: Int, to: Int, label: String) {
      self.from = from
      self.to = to
      self.label = label
    }
  }

  /// In topological order.
  package let nodes: [Node]
  package let edges: [Edge]
  /// Names of series, for the legend.
  package let legend: [String]

  package init(_ nodes: [Node], edges: [Edge], legend: [String] = []) {
    precondition(edges.allSatisfy { $0.from < $0.to && nodes.indices.contains($0.to) && $0.from >= 0 })
    self.nodes = nodes
    self.edges = edges
    self.legend = legend
  }

  /// A node, or where a long edge crosses a layer.
  private struct Slot {
    let layer: Int
    let node: Int?
    var before: [Int] = []
    var after: [Int] = []
    var place = 0.0
  }

  private static let gap = 20.0
  /// Between the arrows that end at one node.
  private static let spread = 13.0
  private static let margin = 16.0

  package func drawing() -> SVG {
    let layers = self.layers()
    var (slots, chains) = self.slots(layers)
    let order = self.order(&slots)
    var widths: [Double] = []
    for layer in order {
      widths.append(layer.compactMap { slots[$0].node }.map { boxWidth(nodes[$0]) }.max() ?? 0)
    }
    let top = legend.isEmpty ? Self.margin : Self.margin + 22
    let height = stack(order, &slots, top: top)
    var lefts: [Double] = []
    var x = Self.margin
    for width in widths {
      lefts.append(x)
      x += width + between
    }
    var svg = SVG(width: max(x - between + Self.margin, 240), height: height + Self.margin)
    let ends = self.ends(slots, chains)
    for (index, chain) in chains.enumerated() {
      draw(edges[index], chain.map { slots[$0] }, end: ends[index], lefts, widths, &svg)
    }
    // After all lines, so that words stand before them.
    for (edge, end) in zip(edges, ends) where !edge.label.isEmpty {
      svg.text(lefts[slots[edge.to].layer] - 11, end - 3.5, edge.label, "soft small halo", .end)
    }
    for slot in slots {
      guard let node = slot.node else { continue }
      draw(node, lefts[slot.layer], slot.place, &svg)
    }
    drawLegend(&svg)
    return svg
  }

  private func boxWidth(_ node: Node) -> Double {
    max(Double(node.title.count) * 7.2, Double(node.subtitle.count) * 6.2) + 26
  }

  private func boxHeight(_ node: Int) -> Double {
    max(44, Self.spread * Double(edges.count { $0.to == node }) + 8)
  }

  /// Room for the longest label.
  private var between: Double { max(56, (edges.map { Plot.textWidth($0.label) }.max() ?? 0) + 34) }

  /// The height at which each edge ends: those that end at one node in the order in which they come.
  private func ends(_ slots: [Slot], _ chains: [[Int]]) -> [Double] {
    var ends = [Double](repeating: 0, count: edges.count)
    for node in nodes.indices {
      let incoming = edges.indices.filter { edges[$0].to == node }
        .sorted { slots[chains[$0][chains[$0].count - 2]].place < slots[chains[$1][chains[$1].count - 2]].place }
      for (place, edge) in incoming.enumerated() {
        ends[edge] = slots[node].place + (Double(place) - Double(incoming.count - 1) / 2) * Self.spread
      }
    }
    return ends
  }

  /// One more than the largest of those before; nodes without inputs stand just before the first that needs them.
  private func layers() -> [Int] {
    var layers = [Int](repeating: 0, count: nodes.count)
    for edge in edges.sorted(by: { $0.to < $1.to }) { layers[edge.to] = max(layers[edge.to], layers[edge.from] + 1) }
    for node in nodes.indices.reversed() where !edges.contains(where: { $0.to == node }) {
      let first = edges.filter { $0.from == node }.map { layers[$0.to] }.min()
      layers[node] = max(0, (first ?? 1) - 1)
    }
    return layers
  }

  private func slots(_ layers: [Int]) -> (slots: [Slot], chains: [[Int]]) {
    var slots = nodes.indices.map { Slot(layer: layers[$0], node: $0) }
    var chains: [[Int]] = []
    for edge in edges {
      var chain = [edge.from]
      for layer in (layers[edge.from] + 1)..<max(layers[edge.to], layers[edge.from] + 1) {
        slots.append(Slot(layer: layer, node: nil))
        chain.append(slots.count - 1)
      }
      chain.append(edge.to)
      for (from, to) in zip(chain, chain.dropFirst()) {
        slots[from].after.append(to)
        slots[to].before.append(from)
      }
      chains.append(chain)
    }
    return (slots, chains)
  }

  /// The slots of each layer from top to bottom, after some rounds of sorting by the middle of their neighbours.
  private func order(_ slots: inout [Slot]) -> [[Int]] {
    let count = (slots.map(\.layer).max() ?? 0) + 1
    var order = (0..<count).map { layer in slots.indices.filter { slots[$0].layer == layer } }
    func number() {
      for layer in order { for (place, slot) in layer.enumerated() { slots[slot].place = Double(place) } }
    }
    number()
    for round in 0..<8 {
      let forward = round % 2 == 0
      for layer in forward ? Array(order.indices) : order.indices.reversed() {
        let keyed = order[layer].enumerated().map { position, slot -> (key: Double, position: Int, slot: Int) in
          let neighbours = forward ? slots[slot].before : slots[slot].after
          if neighbours.isEmpty { return (slots[slot].place, position, slot) }
          return (neighbours.reduce(0) { $0 + slots[$1].place } / Double(neighbours.count), position, slot)
        }
        order[layer] = keyed.sorted { ($0.key, $0.position) < ($1.key, $1.position) }.map(\.slot)
        for (place, slot) in order[layer].enumerated() { slots[slot].place = Double(place) }
      }
    }
    return order
  }

  /// Gives every slot its vertical middle, near to those of its neighbours; returns the lowest edge.
  private func stack(_ order: [[Int]], _ slots: inout [Slot], top: Double) -> Double {
    let heights = slots.map { $0.node.map(boxHeight) ?? 10 }
    func height(_ slot: Int) -> Double { heights[slot] }
    for layer in order {
      var y = top
      for slot in layer {
        slots[slot].place = y + height(slot) / 2
        y += height(slot) + Self.gap
      }
    }
    for round in 0..<12 {
      for layer in round % 2 == 0 ? order : order.reversed() {
        let wanted = layer.map { slot -> Double in
          let neighbours = slots[slot].before + slots[slot].after
          if neighbours.isEmpty { return slots[slot].place }
          return neighbours.reduce(0) { $0 + slots[$1].place } / Double(neighbours.count)
        }
        place(layer, wanted, height: height, &slots)
      }
    }
    let highest = slots.indices.map { slots[$0].place - height($0) / 2 }.min() ?? top
    for slot in slots.indices { slots[slot].place += top - highest }
    return slots.indices.map { slots[$0].place + height($0) / 2 }.max() ?? top
  }

  /// Puts a layer where its slots want to be, in their order and without overlap: those pushed down are taken back up
  /// by half of what they overshot.
  private func place(_ layer: [Int], _ wanted: [Double], height: (Int) -> Double, _ slots: inout [Slot]) {
    var free = -Double.infinity
    var overshoot = 0.0
    for (slot, want) in zip(layer, wanted) {
      let half = height(slot) / 2
      let middle = max(want, free + half)
      overshoot += middle - want
      slots[slot].place = middle
      free = middle + half + Self.gap
    }
    let shift = layer.isEmpty ? 0 : overshoot / Double(layer.count)
    for slot in layer { slots[slot].place -= shift }
  }

  private func draw(_ index: Int, _ x: Double, _ middle: Double, _ svg: inout SVG) {
    let node = nodes[index]
    let height = boxHeight(index)
    svg.rectangle(x, middle - height / 2, boxWidth(node), height, "box", radius: 5)
    svg.rectangle(x, middle - height / 2 + 6, 4, height - 12, Theme.fill(node.series), radius: 2)
    svg.text(x + 13, middle - 4, node.title, "strong")
    svg.text(x + 13, middle + 12, node.subtitle, "soft small")
  }

  private func draw(
    _ edge: Edge, _ chain: [Slot], end tipHeight: Double, _ lefts: [Double], _ widths: [Double], _ svg: inout SVG
  ) {
    var data = ""
    var end = (x: 0.0, y: 0.0)
    for (index, slot) in chain.enumerated() {
      let isBox = slot.node != nil
      let isLast = index == chain.count - 1
      let entry = (x: lefts[slot.layer] - (isLast ? 6 : 0), y: isLast ? tipHeight : slot.place)
      if index > 0 {
        let bend = (entry.x - end.x) / 2
        data +=
          " C\(SVG.number(end.x + bend)) \(SVG.number(end.y)) \(SVG.number(entry.x - bend)) \(SVG.number(entry.y)) "
        data += "\(SVG.number(entry.x)) \(SVG.number(entry.y))"
      }
      let width = slot.node.map { boxWidth(nodes[$0]) } ?? widths[slot.layer]
      end = (x: lefts[slot.layer] + width, y: slot.place)
      if index == 0 { data += "M\(SVG.number(end.x)) \(SVG.number(end.y))" }
      if !isBox { data += " L\(SVG.number(end.x)) \(SVG.number(end.y))" }
      if isLast {
        let tip = lefts[slot.layer]
        let points = [(x: tip, y: tipHeight), (x: tip - 7, y: tipHeight - 3.5), (x: tip - 7, y: tipHeight + 3.5)]
        svg.path(SVG.polyline(points) + " Z", "tip")
      }
    }
    svg.path(data, "edge", title: edge.label)
  }

  private func drawLegend(_ svg: inout SVG) {
    var x = Self.margin
    for (series, name) in legend.enumerated() {
      svg.rectangle(x, Self.margin - 9, 10, 10, Theme.fill(series), radius: 2)
      svg.text(x + 15, Self.margin, name, "soft small")
      x += 15 + Plot.textWidth(name) + 18
    }
  }
}
