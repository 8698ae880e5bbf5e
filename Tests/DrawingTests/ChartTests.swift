import Drawing
import Foundation
import FoundationXML
import Testing

/// Every element of a drawing, by XML's own rules.
private final class Elements: NSObject, XMLParserDelegate {
  private(set) var names: [String] = []
  private(set) var texts: [String] = []
  private(set) var attributes: [[String: String]] = []
  private var isText = false

  /// Throws where the drawing is not XML.
  init(_ svg: String) throws {
    super.init()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = self
    guard parser.parse() else { throw parser.parserError ?? CocoaError(.fileReadCorruptFile) }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes values: [String: String] = [:]
  ) {
    names.append(name)
    attributes.append(values)
    isText = name == "text"
    if isText { texts.append("") }
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) { if isText { texts[texts.count - 1] += text } }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    isText = false
  }

  /// Places and lengths, which must be numbers that lie within the drawing.
  var numbers: [Double] {
    attributes.flatMap { values in
      ["x", "y", "width", "height", "x1", "x2", "y1", "y2", "cx", "cy"].compactMap { values[$0] }
    }.compactMap { Double($0) }
  }
}

@Suite struct ChartTests {
  private static let hostile = "a<b>&\"'\u{0}\u{1B}</svg><script>alert(1)</script>"

  private static func charts(_ name: String, _ scale: Double) -> [(String, svg: String)] {
    let bins = (0..<20).map { Histogram.Bin(Double($0) * scale, Double($0 + 1) * scale, Double($0 * $0) * scale) }
    let powers = (0..<12).map { Histogram.Bin(Double(1 << $0), Double(2 << $0), Double(4000 >> $0)) }
    return [
      (
        "bars",
        Bars(
          [Bars.Bar(name, 3 * scale), Bars.Bar("b", scale, series: 99), Bars.Bar("none", 0)], names: "Stage",
          quantity: Quantity("Time", .seconds)
        ).svg(label: name)
      ),
      (
        "histogram",
        Histogram(
          bins, horizontal: Quantity("Impact", .number("level")), vertical: Quantity("Share", .percent), outline: bins,
          names: ("a", "b")
        ).svg(label: name)
      ),
      (
        "powers",
        Histogram(
          powers, horizontal: Quantity("Length", .count("documents")), vertical: Quantity("Terms", .count("terms")),
          isLogarithmic: true
        ).svg(label: name)
      ),
      (
        "curve",
        Curve(
          [1 * scale, 5 * scale, 2 * scale], step: 0.5, vertical: Quantity("Pace", .count("tokens/s")), seconds: 1.5
        )
        .svg(label: name)
      ),
      (
        "differences",
        Differences(
          (0..<500).map { ("\(name)\($0)", (Double($0) - 250) / 500 * scale) },
          horizontal: Quantity("Queries", .count("queries")), vertical: Quantity("Difference", .number("now - before"))
        ).svg(label: name)
      ),
      (
        "timeline",
        Timeline(
          lanes: ["worker 1", name],
          stretches: [Timeline.Stretch(lane: 1, start: 0.1 * scale, seconds: scale, series: 3, title: name)],
          moments: [("pass 1", 0), ("pass 2", 0.01)], seconds: 2 * scale
        ).svg(label: name)
      ),
    ]
  }

  @Test(arguments: [1e-6, 0.3, 1, 7e3, 9e9]) func everyChartHasTwoNamedAxesWithUnits(_ scale: Double) throws {
    for (kind, svg) in Self.charts("a", scale) {
      let elements = try Elements(svg)
      let titles = elements.texts.filter { $0.hasSuffix(")") && $0.contains(" (") }
      let isWords = ["bars", "timeline"].contains(kind)
      #expect(titles.count == (isWords ? 1 : 2), "\(kind) at \(scale): \(elements.texts)")
      if isWords { #expect(elements.texts.contains { ["Stage", "At work"].contains($0) }) }
      #expect(elements.texts.count { Double($0) != nil } >= 3, "\(kind) at \(scale) has no numbers")
      #expect(elements.numbers.allSatisfy { (-1...2000).contains($0) }, "\(kind) at \(scale): \(elements.numbers)")
      #expect(!svg.contains("nan") && !svg.contains("inf"))
    }
  }

  @Test func namesOfAnyKindStayText() throws {
    for (kind, svg) in Self.charts(Self.hostile, 1) {
      let elements = try Elements(svg)
      #expect(!elements.names.contains("script"), "\(kind)")
      #expect(elements.names.count { $0 == "svg" } == 1)
    }
  }

  @Test func drawingsOfNothingAreStillDrawings() throws {
    let empty = [
      Bars([], names: "Stage", quantity: Quantity("Size", .bytes)).svg(label: ""),
      Histogram([], horizontal: Quantity("a", .percent), vertical: Quantity("b", .percent)).svg(label: ""),
      Curve([], step: 1, vertical: Quantity("a", .bytes), seconds: 0).svg(label: ""),
      Differences([], horizontal: Quantity("a", .count("q")), vertical: Quantity("b", .number("c"))).svg(label: ""),
      Timeline(lanes: [], stretches: [], moments: [], seconds: 0).svg(label: ""),
    ]
    for svg in empty { #expect(try Elements(svg).numbers.allSatisfy(\.isFinite)) }
  }

  @Test func valuesAreToldWithTheirUnits() {
    #expect(Quantity("", .bytes).text(12_345_678) == "12.3 MB")
    #expect(Quantity("", .seconds).text(0.0042) == "4.2 ms")
    #expect(Quantity("", .seconds).text(600) == "10 min")
    #expect(Quantity("", .percent).text(0.25) == "25 %")
    #expect(Quantity("", .count("tokens/s")).text(1_500_000) == "1.5 million tokens/s")
    #expect(Quantity("", .count("terms")).text(42) == "42 terms")
    #expect(Quantity.short(0.000123) == "0.000123")
    #expect(Quantity.short(-12.34) == "-12.3")
    #expect(SVG.number(-0.054) == "-0.05" && SVG.number(.nan) == "0" && SVG.number(12.5) == "12.5")
  }
}

@Suite struct LayeredGraphTests {
  private static let shards = LayeredGraph(
    ["passages", "tokens", "weights", "range", "impacts", "index"].map {
      LayeredGraph.Node($0, subtitle: "use \($0)", series: 0)
    },
    edges: [(0, 1), (1, 2), (2, 3), (2, 4), (3, 4), (4, 5), (0, 5)].map {
      LayeredGraph.Edge(from: $0.0, to: $0.1, label: "kind")
    }, legend: ["all"])

  /// Written by this test where BIGRAIN_WRITE_GOLDEN is set.
  @Test func theDrawingIsTheGoldenOne() throws {
    let svg = Self.shards.drawing().file(label: "stages")
    _ = try Elements(svg)
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/graph.svg")
    if ProcessInfo.processInfo.environment["BIGRAIN_WRITE_GOLDEN"] != nil {
      try svg.write(to: path, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: path, encoding: .utf8) == svg)
  }

  @Test func boxesDoNotOverlapAndArrowsGoRight() throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<50 {
      let count = Int.random(in: 1...24, using: &random)
      let nodes = (0..<count).map { LayeredGraph.Node("n\($0)", subtitle: "s", series: $0) }
      let edges = (1..<max(count, 2)).filter { $0 < count }.flatMap { to in
        (0..<Int.random(in: 0...min(3, to), using: &random)).map { _ in
          LayeredGraph.Edge(from: Int.random(in: 0..<to, using: &random), to: to, label: "")
        }
      }
      let drawing = LayeredGraph(nodes, edges: edges).drawing()
      let elements = try Elements(drawing.file(label: ""))
      let boxes = elements.attributes.filter { $0["class"] == "box" }.map { values in
        ["x", "y", "width", "height"].map { Double(values[$0] ?? "") ?? .nan }
      }
      #expect(boxes.count == count)
      #expect(elements.attributes.count { $0["class"] == "edge" } == edges.count)
      for (index, box) in boxes.enumerated() {
        #expect(box[0] >= 0 && box[1] >= 0 && box[0] + box[2] <= drawing.width && box[1] + box[3] <= drawing.height)
        for other in boxes.dropFirst(index + 1) {
          let apart =
            box[0] + box[2] <= other[0] || other[0] + other[2] <= box[0] || box[1] + box[3] <= other[1] + 1e-6
            || other[1] + other[3] <= box[1] + 1e-6
          #expect(apart, "\(edges)")
        }
      }
      for edge in edges { #expect(boxes[edge.from][0] + boxes[edge.from][2] <= boxes[edge.to][0], "\(edges)") }
    }
  }
}
