internal import Codecs

/// Decides what has to run: from the goals backwards, only what is missing and only where somebody needs it.
package struct Planner {
  private let graph: Graph
  private let splits: [[SourceSplit]]
  private let names: ChunkNames
  private let checkpoint: any CheckpointView
  private let fresh: Bool
  /// By node and chunk: whether it is computed, once that has been decided.
  private var decided: [[Reason??]]
  private var combined: [Reason??]
  private var finished: [Int: String] = [:]

  /// - Parameters:
  ///   - splits: by node, empty for nodes that are no source.
  ///   - fresh: take nothing from the checkpoint.
  package init(_ graph: Graph, splits: [[SourceSplit]], checkpoint: any CheckpointView, fresh: Bool) {
    self.graph = graph
    self.splits = splits
    names = ChunkNames(graph, splits: splits)
    self.checkpoint = checkpoint
    self.fresh = fresh
    decided = graph.nodes.map { [Reason??](repeating: nil, count: splits[$0.source].count) }
    combined = [Reason??](repeating: nil, count: graph.nodes.count)
  }

  /// The plan that reaches `goals` (nodes), by default all sinks, or every last stage of a graph without sinks.
  package func plan(goals: [Int]? = nil) throws -> Plan {
    var planner = self
    for goal in goals ?? graph.defaultGoals {
      if graph.nodes[goal].type.isReduction {
        try planner.needArtifact(goal)
      } else {
        for chunk in splits[graph.nodes[goal].source].indices { try planner.needChunk(goal, chunk) }
      }
    }
    return planner.result()
  }

  private mutating func needArtifact(_ node: Int) throws {
    guard combined[node] == nil, let name = names.artifacts[node] else { return }
    let reason = try reasonToCombine(node, name)
    combined[node] = .some(reason)
    guard reason != nil else { return }
    for chunk in names.chunks[node].indices { try needChunk(node, chunk) }
    for input in graph.artifactInputs(node) { try needArtifact(input.node) }
  }

  private mutating func reasonToCombine(_ node: Int, _ name: Fingerprint) throws -> Reason? {
    if let sink = graph.nodes[node].stage as? any SinkStage {
      if !fresh, let folder = try sink.finished(name) {
        finished[node] = folder
        return nil
      }
      if fresh { return .forced }
      let stage = graph.nodes[node].name
      return checkpoint.index(of: stage) == name
        ? .outputMissing("an undamaged index of `\(stage)`") : reasonWithoutRow(node)
    }
    return reason(for: name, node)
  }

  private mutating func needChunk(_ node: Int, _ chunk: Int) throws {
    guard decided[node][chunk] == nil else { return }
    let isKept = graph.nodes[node].isMaterialized
    let why = isKept ? reason(for: names.chunks[node][chunk], node) : Reason.neverRun
    decided[node][chunk] = .some(isKept ? why : nil)
    guard why != nil else { return }
    for input in graph.streamInputs(node) { try needChunk(input.node, chunk) }
    for input in graph.artifactInputs(node) { try needArtifact(input.node) }
  }

  private func reason(for name: Fingerprint, _ node: Int) -> Reason? {
    if fresh { return .forced }
    // Artifacts are few and small, and everything after them hangs on them: they are read whole.
    switch checkpoint.state(of: name, wholly: names.artifacts[node] == name) {
    case .complete: return nil
    case .missing(let path): return .outputMissing(path)
    case .damaged(let detail): return .outputCorrupt(detail)
    case .unknown: return reasonWithoutRow(node)
    }
  }

  /// Compares the stage, then those before it, with what the last run knew of them.
  private func reasonWithoutRow(_ node: Int) -> Reason {
    let description = graph.nodes[node].description
    guard let old = checkpoint.description(of: description.name) else { return .neverRun }
    let changes = description.changes(since: old)
    if !changes.isEmpty { return .fingerprintChanged(changes) }
    var changed: [String] = []
    for ancestor in graph.ancestors(of: node) {
      let now = graph.nodes[ancestor].description
      if let before = checkpoint.description(of: now.name), now.changes(since: before).isEmpty { continue }
      changed.append("`\(now.name)`")
    }
    if !changed.isEmpty { return .inputChanged(changed) }
    // The stages are what they were: the chunk is new in the collection, or the last run ended before it.
    return checkpoint.finishedStages.contains(description.name) ? .inputChanged(["the collection"]) : .neverRun
  }

  private func result() -> Plan {
    let stages = graph.nodes.indices.map { node -> Plan.StagePlan in
      let entry = graph.nodes[node]
      let answers = decided[node].compactMap { $0 }
      let reasons = answers.compactMap { $0 }
      let whole = combined[node].flatMap { $0 }
      return Plan.StagePlan(
        name: entry.name, use: entry.type.name, pass: entry.pass, running: reasons.count,
        reused: entry.isMaterialized
          ? (combined[node] == .some(nil) ? names.chunks[node].count : answers.count - reasons.count) : 0,
        combines: whole != nil, reason: whole ?? reasons.first)
    }
    let last = graph.nodes.map(\.pass).max() ?? 0
    let passes = (0...last).map(pass).filter { !$0.tasks.isEmpty || !$0.reductions.isEmpty }
    return Plan(
      graph: graph, splits: splits, names: names, stages: stages, passes: passes, finishedIndexes: finished)
  }

  private func pass(_ number: Int) -> Plan.Pass {
    let here = graph.nodes.indices.filter { graph.nodes[$0].pass == number }
    var tasks: [Plan.ChunkTask] = []
    for source in graph.nodes.indices where graph.nodes[source].type.isSource {
      let nodes = here.filter { graph.nodes[$0].source == source }
      for chunk in splits[source].indices {
        let targets = nodes.filter { decided[$0][chunk].flatMap { $0 } != nil }
        if !targets.isEmpty { tasks.append(Plan.ChunkTask(source: source, chunk: chunk, targets: targets)) }
      }
    }
    let reductions = here.filter { combined[$0].flatMap { $0 } != nil }
    return Plan.Pass(number: number, tasks: tasks, reductions: reductions)
  }
}

extension Graph {
  /// All sinks; where there are none, every stage that no other uses.
  var defaultGoals: [Int] {
    if !sinks.isEmpty { return sinks }
    let used = Set(nodes.flatMap(\.inputs.values))
    return nodes.indices.filter { !used.contains($0) }
  }

  /// Every node from which `node` can be reached, ascending.
  func ancestors(of node: Int) -> [Int] {
    var found = Set(nodes[node].inputs.values)
    for index in nodes.indices.reversed() where found.contains(index) { found.formUnion(nodes[index].inputs.values) }
    return found.sorted()
  }
}
