internal import Dataflow
internal import FoundationEssentials
package import Kernels
package import Shards

/// What a search must know of how an index was made, as `contract` in the manifest:
/// `{"notices": {...}, "stages": [{"name", "use", "version", "parameters", "resources", "inputs"}]}`, stages in
/// topological order, all that the index was built from.
package struct IndexContract: Sendable {
  /// In topological order.
  package let stages: [Stage]

  /// The JSON form.
  static func json(lineage: [StageDescription], notices: [String: Int]) throws -> JSONValue {
    let stages = try lineage.map { stage -> JSONValue in
      .members([
        .init("inputs", .members(stage.inputs.map { .init($0.key, .string($0.value)) })),
        .init("name", .string(stage.name)),
        .init("parameters", try JSONDecoder().decode(JSONValue.self, from: Data(stage.parameters.utf8))),
        .init("resources", .members(stage.resources.map { .init($0.key, .string($0.value.description)) })),
        .init("use", .string(stage.use)), .init("version", .integer(Int64(stage.version))),
      ])
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
