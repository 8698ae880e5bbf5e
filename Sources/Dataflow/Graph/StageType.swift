internal import Foundation

/// A registered kind of stage without its Swift type: what the graph, help and the conformance tests iterate.
package struct StageType: Sendable {
  package let name: String
  package let version: Int
  package let summary: String
  package let ports: [Port]
  package let output: StageOutput
  package let reproducibility: Reproducibility
  package let checkpointsByDefault: Bool
  package let isSource: Bool
  /// Reads the parameters from the pipeline file and makes the stage.
  let make: @Sendable (ConfigNode, String, StageEnvironment) throws -> any Stage

  /// The registry line of a stage: `StageType(EncodeBM25.self)`.
  package init<S: Stage>(_ stage: S.Type) {
    name = S.name
    version = S.version
    summary = S.summary
    ports = S.ports
    output = S.output
    reproducibility = S.reproducibility
    checkpointsByDefault = S.checkpointsByDefault
    isSource = S.self is any SourceStage.Type
    let portNames = S.ports.map(\.name)
    make = { node, context, environment in
      let parameters = try ConfigDecoder.decode(S.Parameters.self, from: node, in: context, alsoKnown: portNames)
      do {
        return try S(parameters: parameters, environment: environment)
      } catch let problem as ParameterProblem {
        throw ConfigError(node[problem.key]?.location ?? node.location, "`\(problem.key)` of \(context) \(problem.message)")
      }
    }
  }

  /// Whether its output is an artifact or an index.
  package var isReduction: Bool {
    if case .stream = output { false } else { true }
  }
}

extension Stage {
  /// `identity` as JSON with sorted keys.
  var canonicalParameters: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // A stage's parameters are numbers, texts, lists and dictionaries of them: encoding them cannot fail unless one
    // is infinite or not a number, which the decoder refuses.
    return (try? encoder.encode(identity)).map { String(decoding: $0, as: UTF8.self) } ?? "unencodable"
  }
}
