internal import Codecs

/// One stage of a checked graph.
package struct GraphNode: Sendable {
  package let declaration: StageDeclaration
  package let type: StageType
  package let stage: any Stage
  package let description: StageDescription
  /// Port to node, an index into `Graph.nodes`.
  package let inputs: [String: Int]
  /// The `read` stage whose chunks it works on, an index into `Graph.nodes`.
  package let source: Int
  /// The pass over the collection in which it runs: 0, or one more than the last fit it needs.
  package let pass: Int
  /// Whether its chunks are written to disk.
  package let checkpoints: Bool

  package var name: String { declaration.name }
  package var concurrency: Int? { declaration.concurrency }
  /// How often a chunk is tried again after an error that may pass.
  package var retries: Int { declaration.retries ?? 2 }
  /// Whether something of it is kept on disk for each chunk.
  package var isMaterialized: Bool { checkpoints || type.isReduction }
}

/// A pipeline that has been checked: every stage known, every input there and of the right type, no cycles.
/// Nodes are in topological order, and in file order as far as that allows.
package struct Graph: Sendable {
  package let nodes: [GraphNode]

  package var sinks: [Int] { nodes.indices.filter { nodes[$0].type.output == .index } }

  /// The index of the stage called `name`.
  package func index(of name: String) -> Int? { nodes.firstIndex { $0.name == name } }

  /// Inputs of `node` that carry chunks, sorted by port.
  package func streamInputs(_ node: Int) -> [(port: String, node: Int)] { inputs(node, artifacts: false) }

  /// Inputs of `node` that carry an artifact, sorted by port.
  package func artifactInputs(_ node: Int) -> [(port: String, node: Int)] { inputs(node, artifacts: true) }

  private func inputs(_ node: Int, artifacts: Bool) -> [(port: String, node: Int)] {
    nodes[node].inputs.sorted { $0.key < $1.key }.map { (port: $0.key, node: $0.value) }
      .filter { nodes[$0.node].type.isReduction == artifacts }
  }
}
