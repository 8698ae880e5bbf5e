/// Checks a declared pipeline and makes its stages. Every error has a line, a column and, where a word is near to one
/// that exists, a suggestion.
package struct GraphBuilder {
  private let registry: [StageType]
  private let indexDirectory: String
  private let recordLimit: Int
  private let kept: Set<String>
  private var nodes: [GraphNode] = []

  /// - Parameters:
  ///   - registry: the stages that there are.
  ///   - indexDirectory: where sinks put their index.
  ///   - kept: stages whose chunks are written to disk whatever the pipeline file says (`--until`).
  package init(registry: [StageType], indexDirectory: String, recordLimit: Int = 64 << 20, kept: Set<String> = []) {
    self.kept = kept
    self.registry = registry
    self.indexDirectory = indexDirectory
    self.recordLimit = recordLimit
  }

  /// The graph of `stages`. Throws `ConfigError`, or what a stage throws when it loads its resources.
  package func build(_ stages: [StageDeclaration]) throws -> Graph {
    var builder = self
    let types = try stages.map(type(of:))
    let inputs = try zip(stages, types).map { try inputNames($0, $1, among: stages) }
    for index in try Self.topologicalOrder(stages, inputs) {
      try builder.add(stages[index], types[index], inputs[index])
    }
    return Graph(nodes: builder.nodes)
  }

  /// The same graph with sinks that put their index elsewhere; the other stages, and what they have loaded, are shared.
  package static func redirecting(_ graph: Graph, to indexDirectory: String, recordLimit: Int) throws -> Graph {
    var builder = GraphBuilder(registry: [], indexDirectory: indexDirectory, recordLimit: recordLimit)
    for node in graph.nodes {
      guard node.type.output == .index else {
        builder.nodes.append(node)
        continue
      }
      let names = node.inputs.mapValues { Located(graph.nodes[$0].name, at: node.declaration.location) }
      try builder.add(node.declaration, node.type, names)
    }
    return Graph(nodes: builder.nodes)
  }

  private func type(of stage: StageDeclaration) throws -> StageType {
    if let type = registry.first(where: { $0.name == stage.use.value }) { return type }
    let names = registry.map(\.name)
    throw ConfigError(
      stage.use.location, "unknown stage `\(shown(stage.use.value))`",
      hint: Suggestion.hint(for: stage.use.value, among: names) ?? "there are \(listed(names))")
  }

  /// Port to (stage name, where it was written).
  private typealias InputNames = [String: Located<String>]

  private func inputNames(
    _ stage: StageDeclaration, _ type: StageType, among stages: [StageDeclaration]
  ) throws -> InputNames {
    var names: InputNames = [:]
    for port in type.ports {
      guard let entry = stage.body.entry(port.name) else {
        if !port.isRequired { continue }
        throw ConfigError(
          stage.location, "stage `\(stage.name)` has no input `\(port.name)`",
          hint: "add `\(port.name)`: \(wanted(port))")
      }
      guard let name = entry.value.scalar?.asText else {
        throw ConfigError(entry.value.location, "`\(port.name)` of stage `\(stage.name)` must name a stage")
      }
      guard stages.contains(where: { $0.name == name }) else {
        throw ConfigError(
          entry.value.location, "`\(port.name)` of stage `\(stage.name)` names no stage: `\(shown(name))`",
          hint: Suggestion.hint(for: name, among: stages.map(\.name)))
      }
      names[port.name] = Located(name, at: entry.value.location)
    }
    return names
  }

  private func wanted(_ port: Port) -> String {
    switch port.carries {
    case .stream(let types): "a stage that gives \(types.map(\.name).joined(separator: " or "))"
    case .artifact(let kind): "a fit stage that gives \(kind)"
    }
  }

  private static func topologicalOrder(_ stages: [StageDeclaration], _ inputs: [InputNames]) throws -> [Int] {
    var order: [Int] = []
    var open: [Int] = []
    let index = Dictionary(stages.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    func visit(_ stage: Int) throws {
      if order.contains(stage) { return }
      if let start = open.firstIndex(of: stage) {
        let path = (open[start...] + [stage]).map { "`\(stages[$0].name)`" }.joined(separator: " <- ")
        throw ConfigError(stages[stage].location, "the stages form a cycle: \(path)")
      }
      open.append(stage)
      for name in inputs[stage].values.map(\.value).sorted() { if let next = index[name] { try visit(next) } }
      open.removeLast()
      order.append(stage)
    }
    for stage in stages.indices { try visit(stage) }
    return order
  }

  private mutating func add(_ declaration: StageDeclaration, _ type: StageType, _ names: InputNames) throws {
    var inputs: [String: Int] = [:]
    for port in type.ports {
      guard let name = names[port.name], let input = nodes.firstIndex(where: { $0.name == name.value }) else {
        continue
      }
      try check(port, of: declaration, takes: nodes[input], at: name.location)
      inputs[port.name] = input
    }
    let source = try source(of: declaration, type, inputs)
    let environment = StageEnvironment(
      indexDirectory: indexDirectory, lineage: lineage(of: inputs).map(\.description),
      attachments: lineage(of: inputs).flatMap { ($0.stage as? any AttachingStage)?.attachments ?? [] },
      recordLimit: recordLimit, connected: Set(inputs.keys))
    let stage = try type.make(
      declaration.body.removing(type.ports.map(\.name)), "stage `\(declaration.name)`", environment)
    let description = StageDescription(
      name: declaration.name, use: type.name, version: type.version, parameters: try stage.canonicalParameters(),
      resources: stage.resources, instructions: stage.instructions, inputs: inputs.mapValues { nodes[$0].name })
    nodes.append(
      GraphNode(
        declaration: declaration, type: type, stage: stage, description: description, inputs: inputs, source: source,
        pass: pass(of: inputs), checkpoints: checkpoints(declaration, type)))
  }

  private func checkpoints(_ declaration: StageDeclaration, _ type: StageType) -> Bool {
    if type.isReduction { return false }
    return kept.contains(declaration.name) || declaration.checkpoint ?? type.checkpointsByDefault
  }

  private func check(
    _ port: Port, of stage: StageDeclaration, takes input: GraphNode, at location: SourceLocation
  ) throws {
    let fits: Bool
    let found: String
    switch (port.carries, input.type.output) {
    case (.stream(let types), .stream(let type)): (fits, found) = (types.contains(type), type.name)
    case (.artifact(let kind), .artifact(let other)): (fits, found) = (kind == other, other)
    case (_, .stream(let type)): (fits, found) = (false, type.name)
    case (_, .artifact(let kind)): (fits, found) = (false, kind)
    case (_, .index): (fits, found) = (false, "an index")
    }
    if fits { return }
    throw ConfigError(
      location, "`\(port.name)` of stage `\(stage.name)` takes \(wanted(port)), but `\(input.name)` gives \(found)")
  }

  private func source(of stage: StageDeclaration, _ type: StageType, _ inputs: [String: Int]) throws -> Int {
    if type.isSource { return nodes.count }
    let streams = inputs.filter { !nodes[$0.value].type.isReduction }
    let sources = Set(streams.values.map { nodes[$0].source })
    if let only = sources.first, sources.count == 1 { return only }
    if sources.isEmpty {
      throw ConfigError(stage.location, "stage `\(stage.name)` has no input that carries records")
    }
    let names = sources.map { "`\(nodes[$0].name)`" }.sorted().joined(separator: " and ")
    throw ConfigError(
      stage.location, "the inputs of stage `\(stage.name)` come from different collections: \(names)",
      hint: "all inputs of one stage must begin at the same `read` stage")
  }

  private func pass(of inputs: [String: Int]) -> Int {
    inputs.values.map { nodes[$0].pass + (nodes[$0].type.isReduction ? 1 : 0) }.max() ?? 0
  }

  /// All stages that `inputs` come from, in topological order.
  private func lineage(of inputs: [String: Int]) -> [GraphNode] {
    var wanted = Set(inputs.values)
    for index in nodes.indices.reversed() where wanted.contains(index) { wanted.formUnion(nodes[index].inputs.values) }
    return nodes.indices.filter(wanted.contains).map { nodes[$0] }
  }
}
