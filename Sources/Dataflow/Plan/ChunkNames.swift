package import Codecs

/// The fingerprint of every chunk and every artifact of a graph over a cut collection, computed without running
/// anything.
///
/// - a chunk: SHA-256 of the stage's own digest and the fingerprints of its inputs, chunk by chunk;
/// - an artifact or an index: SHA-256 of the stage's own digest, of the artifacts that it takes and of all its
///   contributions' fingerprints in order.
package struct ChunkNames: Sendable {
  /// By node, then by chunk: of a stream's chunk, or of a reduction's contribution.
  package private(set) var chunks: [[Fingerprint]] = []
  /// By node; `nil` for streams.
  package private(set) var artifacts: [Fingerprint?] = []

  /// - Parameter splits: by node; empty for nodes that are no source.
  package init(_ graph: Graph, splits: [[SourceSplit]]) {
    for (index, node) in graph.nodes.enumerated() {
      let own = node.description.fingerprint
      let count = splits[node.source].count
      if node.type.isSource {
        chunks.append(splits[index].map { Self.name(own, of: $0) })
      } else {
        chunks.append((0..<count).map { chunk in name(own, of: chunk, graph.nodes[index], graph) })
      }
      artifacts.append(node.type.isReduction ? artifactName(own, index, graph) : nil)
    }
  }

  private static func name(_ own: Fingerprint, of split: SourceSplit) -> Fingerprint {
    var hasher = FingerprintHasher()
    hasher.field(own)
    hasher.field(split.fingerprint)
    // A byte order mark counts only at the start of a file.
    hasher.field(split.offset == 0 ? "start" : "middle")
    return hasher.finalize()
  }

  private func name(_ own: Fingerprint, of chunk: Int, _ node: GraphNode, _ graph: Graph) -> Fingerprint {
    var hasher = FingerprintHasher()
    hasher.field(own)
    for (port, input) in node.inputs.sorted(by: { $0.key < $1.key }) {
      hasher.field(port)
      if let artifact = artifacts[input] { hasher.field(artifact) } else { hasher.field(chunks[input][chunk]) }
    }
    return hasher.finalize()
  }

  private func artifactName(_ own: Fingerprint, _ node: Int, _ graph: Graph) -> Fingerprint {
    var hasher = FingerprintHasher()
    hasher.field("whole")
    hasher.field(own)
    // They are in every contribution's name too, but a collection may be empty.
    for (port, input) in graph.artifactInputs(node) {
      hasher.field(port)
      if let artifact = artifacts[input] { hasher.field(artifact) }
    }
    for chunk in chunks[node] { hasher.field(chunk) }
    return hasher.finalize()
  }
}
