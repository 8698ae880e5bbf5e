internal import Dataflow
package import Kernels
internal import Stages

/// What every stage makes of one document.
package struct Explanation {
  /// A stage's output for the document, as lines for people.
  package struct Step: Sendable {
    package let stage: String
    package let use: String
    package let lines: [String]
  }

  /// No chunk of the collection has a document with the id.
  package struct NotFound: ExitCoded, CustomStringConvertible {
    package let id: String
    package let chunks: Int
    package var exitCode: ExitCode { .noInput }
    package var description: String { "no document `\(id)` in the \(chunks) chunks of the collection" }
  }

  /// Finds the document by reading the collection, then runs it alone through the stages. Stages that need what a fit
  /// has not found yet say so.
  package static func explain(_ id: [UInt8], in session: JobView) throws -> [Step] {
    guard let source = session.graph.nodes.firstIndex(where: { $0.type.isSource }),
      let reader = session.graph.nodes[source].stage as? any SourceStage
    else { return [] }
    for split in session.splits[source] {
      let batch = try reader.decode(reader.read(split), of: split)
      let passages = Passages(batch)
      guard let row = (0..<passages.ids.count).first(where: { passages.ids[$0].elementsEqual(id) }) else { continue }
      let alone = Passages(ids: .init([Array(passages.ids[row])]), texts: .init([Array(passages.texts[row])]))
      return try steps(alone.batch(), from: source, split, session)
    }
    throw NotFound(id: String(decoding: id, as: UTF8.self), chunks: session.splits[source].count)
  }

  private static func steps(
    _ document: Batch, from source: Int, _ split: SourceSplit, _ session: JobView
  ) throws -> [Step] {
    let names = ChunkNames(session.graph, splits: session.splits)
    var batches = [source: document]
    let place = "\(split.file), chunk at byte \(split.offset)"
    var steps = [step(session.graph.nodes[source], ["found in \(place)"] + RecordDescription.lines(document))]
    for (index, node) in session.graph.nodes.enumerated() {
      guard let map = node.stage as? any MapStage else { continue }
      var streams: [String: Batch] = [:]
      for input in session.graph.streamInputs(index) { streams[input.port] = batches[input.node] }
      guard streams.count == session.graph.streamInputs(index).count else { continue }
      var artifacts: [String: String] = [:]
      for input in session.graph.artifactInputs(index) {
        if let name = names.artifacts[input.node], let piece = session.checkpoint.piece(name) {
          artifacts[input.port] = session.checkpoint.absolute(piece)
        }
      }
      guard artifacts.count == session.graph.artifactInputs(index).count else {
        let missing = session.graph.artifactInputs(index).map { session.graph.nodes[$0.node].name }
        steps.append(step(node, ["needs \(missing.joined(separator: ", ")), which has not run: run the job first"]))
        continue
      }
      let inputs = StageInputs(streams: streams, artifacts: artifacts)
      let output = try map.map(inputs)
      batches[index] = output
      let tables = try (map as? any ExplainingStage)?.explain(inputs)
      steps.append(step(node, tables?.flatMap(\.lines) ?? RecordDescription.lines(output)))
    }
    return steps
  }

  private static func step(_ node: GraphNode, _ lines: [String]) -> Step {
    Step(stage: node.name, use: node.type.name, lines: lines)
  }
}
