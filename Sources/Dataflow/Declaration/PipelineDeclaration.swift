/// A pipeline file: stages in the order of the file, each still without its input and output types.
package struct PipelineDeclaration: Sendable, Equatable {
  /// The pipeline file.
  package let location: SourceLocation
  /// At least one; names are unique.
  package let stages: [StageDeclaration]

  /// Reads the root of a pipeline file whose references have been resolved.
  ///
  /// - Throws: `ConfigError` at what is not a pipeline.
  package init(_ root: ConfigNode) throws {
    let file = try ConfigDecoder.decode(PipelineFile.self, from: root, in: "the pipeline")
    guard let entries = file.stages.mapping, !entries.isEmpty else {
      throw ConfigError(
        file.stages.location, "`stages` must be a mapping of at least one stage",
        hint: "write `name: {use: NAME, ...}` below it")
    }
    location = SourceLocation(file: root.location.file)
    stages = try entries.map(StageDeclaration.init)
  }

  package func stage(_ name: String) -> StageDeclaration? {
    stages.first { $0.name == name }
  }
}

private struct PipelineFile: Decodable {
  let stages: ConfigNode
}
