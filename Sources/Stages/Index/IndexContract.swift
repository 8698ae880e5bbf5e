internal import Dataflow
internal import FoundationEssentials
package import Kernels
package import Shards

/// What a search must know of how an index was made, as `contract` in the manifest:
/// `{"notices": {...}, "stages": [{"name", "use", "version", "parameters", "resources", "inputs"}]}`, stages in
/// topological order, all that the index was built from. A stage whose numbers depend on them has `instructions` too.
package struct IndexContract: Sendable {
  /// In topological order.
  package let stages: [Stage]

  /// The JSON form.
  static func json(lineage: [StageDescription], notices: [String: Int]) throws -> JSONValue {
    let stages = try lineage.map { stage -> JSONValue in
      var members: [JSONValue.Member] = [
        .init("inputs", .members(stage.inputs.map { .init($0.key, .string($0.value)) })),
        .init("name", .string(stage.name)),
        .init("parameters", try JSONDecoder().decode(JSONValue.self, from: Data(stage.parameters.utf8))),
        .init("resources", .members(stage.resources.map { .init($0.key, .string($0.value.description)) })),
        .init("use", .string(stage.use)), .init("version", .integer(Int64(stage.version))),
      ]
      if let instructions = stage.instructions { members.append(.init("instructions", .string(instructions))) }
      return .members(members)
    }
    return .members([
      .init("notices", .members(notices.map { .init($0.key, .integer(Int64($0.value))) })),
      .init("stages", .array(stages)),
    ])
  }

  /// The last stage that is one of `uses`.
  package func stage(using uses: String...) -> Stage? { stages.last { uses.contains($0.use) } }

  /// A stage as the contract has it.
  package struct Stage: Sendable {
    package let name: String
    package let use: String
    package let parameters: JSONValue
    package let resources: [String: String]

    /// A parameter as a value of its type. Throws `Unreadable` if it is missing or another.
    func member<T: Decodable>(_ name: String, as type: T.Type) throws -> T {
      do {
        guard let value = parameters[name] else { throw Unreadable() }
        return try JSONDecoder().decode(T.self, from: JSONEncoder().encode(value))
      } catch {
        throw Unreadable()
      }
    }
  }

  /// Reads the contract of a manifest. Throws `Unreadable`.
  package init(_ manifest: Manifest) throws {
    guard let stages = manifest.contract["stages"]?.array else { throw Unreadable() }
    self.stages = try stages.map { stage in
      guard let name = stage["name"]?.string, let use = stage["use"]?.string, let parameters = stage["parameters"]
      else { throw Unreadable() }
      let resources = (stage["resources"]?.object ?? []).compactMap { member in
        member.value.string.map { (member.name, $0) }
      }
      return Stage(
        name: name, use: use, parameters: parameters,
        resources: Dictionary(resources, uniquingKeysWith: { first, _ in first }))
    }
  }

  /// A manifest that no `shard` stage of this program wrote.
  package struct Unreadable: ExitCoded, CustomStringConvertible {
    package var exitCode: ExitCode { .badData }
    package var description: String { "the index's manifest does not say how it was made: build it again" }
  }
}

extension IndexContract {
  /// Compares what a client takes for granted with how the index was made: `STAGE.PARAMETER=VALUE`, with a point for
  /// each level, such as `weights.special=keep` or `weights.query.length=64`; `STAGE.use=encode.splade` and
  /// `STAGE.model=DIGEST` too. Throws `Unexpected`, which names both.
  package func expect(_ expectation: String) throws {
    guard let equals = expectation.firstIndex(of: "=") else {
      throw Unexpected(description: "`\(expectation)` has no `=`")
    }
    let path = expectation[..<equals].split(separator: ".").map(String.init)
    let wanted = String(expectation[expectation.index(after: equals)...])
    guard path.count >= 2, let stage = stages.first(where: { $0.name == path[0] }) else {
      throw Unexpected(
        description: "`\(expectation)`: the index has the stages \(stages.map(\.name).joined(separator: ", "))")
    }
    let found = stage.text(Array(path.dropFirst()))
    guard let found else {
      throw Unexpected(
        description:
          "stage `\(stage.name)` (\(stage.use)) of the index has no `\(path.dropFirst().joined(separator: "."))`")
    }
    let isDigest = path.count == 2 && stage.resources[path[1]] != nil
    if found == wanted || isDigest && wanted.count >= 8 && found.hasPrefix(wanted) { return }
    throw Unexpected(
      description: "\(expectation[..<equals]) differs: the index was made with \(found), the query expects \(wanted)")
  }

  /// The index is not what the query expects.
  package struct Unexpected: ExitCoded, CustomStringConvertible {
    package var exitCode: ExitCode { .configuration }
    package let description: String
  }
}

extension IndexContract.Stage {
  /// A parameter, a resource's digest, or `use`, as text.
  fileprivate func text(_ path: [String]) -> String? {
    if path == ["use"] { return use }
    if path.count == 1, let digest = resources[path[0]] { return digest }
    var value = parameters
    for name in path {
      guard let inner = value[name] else { return nil }
      value = inner
    }
    return switch value {
    case .string(let text): text
    case .integer(let number): String(number)
    case .number(let number): String(number)
    case .bool(let flag): String(flag)
    default: nil
    }
  }
}
