internal import Dataflow

/// A `--set KEY=VALUE` of the command line: `stages.expanded.terms=100`, `budget.memory=1GiB`,
/// `inputs.collection=[a.tsv, b.tsv]`.
///
/// A value that begins with `[`, `{` or a quote is read as YAML. Any other is one scalar, taken as it stands, and may be
/// a number or a text, as the parameter wants. A path in it is relative to the working directory.
struct Override {
  let path: [String]
  let value: ConfigNode

  var location: SourceLocation { value.location }
  /// Whether it is about the pipeline file rather than about the job file.
  var isOfStage: Bool { path.first == "stages" }

  /// - Throws: `ConfigError` with `ExitCode.usage` for a text that is no `KEY=VALUE`.
  init(_ text: String) throws {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let option = SourceLocation.commandLine("--set \(shown(String(parts[0])))")
    path = parts[0].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !path.contains("") else {
      throw ConfigError(option, "expected KEY=VALUE", hint: "such as stages.expanded.terms=100")
    }
    value = try Self.value(String(parts[1]), at: option)
    let known = JobFile.CodingKeys.allCases.map(\.stringValue) + ["stages"]
    guard known.contains(path[0]) else {
      throw ConfigError(
        option, "unknown key `\(shown(path[0]))` in the job",
        hint: Suggestion.hint(for: path[0], among: known) ?? "expected one of \(listed(known))")
    }
    guard !isOfStage || path.count >= 3 else {
      throw ConfigError(option, "expected stages.STAGE.PARAMETER=VALUE")
    }
  }

  /// `file` with the value in its place.
  ///
  /// - Throws: `ConfigError` with `ExitCode.usage` for a stage that the pipeline does not have.
  func apply(to file: ConfigNode) throws -> ConfigNode {
    if isOfStage, let stages = file["stages"], stages.mapping != nil, stages[path[1]] == nil {
      let hint = Suggestion.hint(for: path[1], among: stages.keys) ?? "expected one of \(listed(stages.keys))"
      throw ConfigError(location, "unknown stage `\(shown(path[1]))` in the pipeline", hint: hint)
    }
    return try file.replacing(path, with: value)
  }

  private static func value(_ text: String, at option: SourceLocation) throws -> ConfigNode {
    let first = text.first { $0 != " " }
    guard let first, "[{\"'".contains(first) else {
      return ConfigNode(.scalar(ConfigScalar(text: text, style: .untyped)), at: option)
    }
    do {
      guard let node = try YAMLReader(file: option.file).read(Array(text.utf8)) else {
        throw ConfigError(option, "expected a value")
      }
      return node.relocated(to: option)
    } catch let error as ConfigError {
      throw ConfigError(option, error.message, hint: error.hint)
    }
  }
}
