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
  /// What its parameters look like in a file: a mapping.
  package let parameters: @Sendable () throws -> ConfigShape
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
    parameters = { try ConfigShape.of(S.Parameters.self) }
    let portNames = S.ports.map(\.name)
    make = { node, context, environment in
      let parameters = try ConfigDecoder.decode(S.Parameters.self, from: node, in: context, alsoKnown: portNames)
      return try S(parameters: parameters, environment: environment)
    }
  }

  /// Whether its output is an artifact or an index.
  package var isReduction: Bool {
    if case .stream = output { false } else { true }
  }
}

extension Stage {
  /// The parameters, defaults included, in canonical form; paths are `null` in it.
  ///
  /// - Throws: `EncodingError` for a number that is not finite.
  func canonicalParameters() throws -> String {
    String(decoding: try CanonicalEncoder.bytes(of: parameters), as: UTF8.self)
  }
}
