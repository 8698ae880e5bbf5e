internal import Codecs
internal import Dataflow
internal import Stages

/// A passage of the collection with the terms that an expanding stage adds to it.
struct ExpansionExample {
  let stage: String
  let id: String
  let text: String
  /// The best ones first, with the stage's scores.
  let terms: [(term: String, score: Double)]

  private static let passages = 3
  /// Bytes of a passage that are shown, terms that are listed.
  private static let textLimit = 600
  private static let termLimit = 40

  /// Passages from the beginning, the middle and the end of the first chunk, run through the stages up to those that
  /// expand and explain themselves. None where the pipeline has no such stage.
  static func take(from session: JobSession) throws -> [ExpansionExample] {
    let expanding = session.graph.nodes.indices.filter {
      session.graph.nodes[$0].type.name.hasPrefix("expand.") && session.graph.nodes[$0].stage is any ExplainingStage
    }
    guard let last = expanding.last else { return [] }
    let source = session.graph.nodes[last].source
    guard let reader = session.graph.nodes[source].stage as? any SourceStage, let split = session.splits[source].first
    else { return [] }
    let passages = Passages(try reader.decode(reader.read(split), of: split))
    let count = passages.ids.count
    let rows: Set<Int> = Set((0..<Self.passages).map { count * (2 * $0 + 1) / (2 * Self.passages) })
    return try rows.sorted().filter { $0 < count }.flatMap { row -> [ExpansionExample] in
      let alone = Passages(ids: .init([Array(passages.ids[row])]), texts: .init([Array(passages.texts[row])]))
      return try examples(of: alone, expanding, source, session)
    }
  }

  private static func examples(
    of passage: Passages, _ expanding: [Int], _ source: Int, _ session: JobSession
  ) throws -> [ExpansionExample] {
    var batches = [source: passage.batch()]
    var examples: [ExpansionExample] = []
    for node in session.graph.nodes.indices where node <= (expanding.last ?? -1) {
      guard let map = session.graph.nodes[node].stage as? any MapStage, session.graph.artifactInputs(node).isEmpty
      else { continue }
      let streams = session.graph.streamInputs(node)
      guard streams.allSatisfy({ batches[$0.node] != nil }) else { continue }
      let inputs = StageInputs(
        streams: Dictionary(uniqueKeysWithValues: streams.map { ($0.port, batches[$0.node]!) }))
      if expanding.contains(node), let explaining = map as? any ExplainingStage {
        examples += try explaining.explain(inputs).map { example($0, of: passage, session.graph.nodes[node].name) }
      }
      if node != expanding.last { batches[node] = try map.map(inputs) }
    }
    return examples
  }

  private static func example(_ table: ExplanationTable, of passage: Passages, _ stage: String) -> ExpansionExample {
    let text = String(decoding: passage.texts[0].prefix(textLimit), as: UTF8.self)
    let terms = table.rows.prefix(termLimit).compactMap { row -> (term: String, score: Double)? in
      guard row.count > 2, let score = Double(row[2]) else { return nil }
      return (row[1], score)
    }
    return ExpansionExample(
      stage: stage, id: String(decoding: passage.ids[0], as: UTF8.self),
      text: passage.texts[0].count > textLimit ? text + "…" : text, terms: terms)
  }
}
