package import Dataflow
internal import Drawing

/// The stages of a pipeline as a picture, and as text that other programs draw.
package enum StageGraph {
  /// What travels from a stage: a record type, or the kind of an artifact.
  private static func cargo(_ node: GraphNode) -> String {
    switch node.type.output {
    case .stream(let type): type.name
    case .artifact(let kind): kind
    case .index: "index"
    }
  }

  /// The colour: by what kind of stage it is.
  private static func series(_ node: GraphNode) -> Int {
    if node.type.isSource { return 0 }
    switch node.type.output {
    case .stream: return 2
    case .artifact: return 1
    case .index: return 3
    }
  }

  private static func drawing(_ graph: Graph) -> SVG {
    LayeredGraph(
      graph.nodes.map { LayeredGraph.Node($0.name, subtitle: $0.type.name, series: series($0)) },
      edges: graph.nodes.indices.flatMap { node in
        graph.nodes[node].inputs.sorted { $0.key < $1.key }.map {
          LayeredGraph.Edge(from: $0.value, to: node, label: cargo(graph.nodes[$0.value]))
        }
      }, legend: ["reads", "fits on all chunks", "maps chunk by chunk", "builds the index"]
    ).drawing()
  }

  /// A file by itself.
  package static func svg(_ graph: Graph) -> String { drawing(graph).file(label: "the stages of the pipeline") }

  /// To stand in a page.
  static func element(_ graph: Graph) -> (svg: String, width: Double) {
    let drawing = drawing(graph)
    return (drawing.element(label: "the stages of the pipeline"), drawing.width)
  }

  package static func dot(_ graph: Graph) -> String {
    var lines = ["digraph pipeline {", "  rankdir=LR; node [shape=box];"]
    for node in graph.nodes {
      lines.append("  \"\(node.name)\" [label=\"\(node.name)\\n\(node.type.name)\"];")
      for (port, input) in node.inputs.sorted(by: { $0.key < $1.key }) {
        lines.append("  \"\(graph.nodes[input].name)\" -> \"\(node.name)\" [label=\"\(port)\"];")
      }
    }
    return (lines + ["}"]).joined(separator: "\n")
  }

  /// Nodes are numbered: `end`, `graph` and others of Mermaid's words break a flowchart that has them as names.
  package static func mermaid(_ graph: Graph) -> String {
    var lines = ["flowchart LR"]
    for (index, node) in graph.nodes.enumerated() {
      lines.append("  n\(index)[\"\(node.name)<br/>\(node.type.name)\"]")
      for (port, input) in node.inputs.sorted(by: { $0.key < $1.key }) {
        lines.append("  n\(input) -->|\"\(port)\"| n\(index)")
      }
    }
    return lines.joined(separator: "\n")
  }
}
