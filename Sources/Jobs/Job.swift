package import Dataflow

/// A job that has been read: the job file, and the pipeline with every `$name` replaced. Nothing has been opened yet but
/// these two files.
package struct Job: Sendable {
  /// The job file as it was given.
  package let path: String
  package let file: JobFile
  package let pipeline: PipelineDeclaration
  /// The index root, absolute or relative to the working directory.
  package let output: String
  /// Where chunks and checkpoints are kept.
  package let work: String
  /// The variables that the two files (and `--set`) name and that are set, with their values.
  package let variables: [String: String]

  /// The job file's name without its folder and without `.yaml` or `.yml`: `n.v1` of `a/n.v1.yaml`.
  package var name: String { Self.name(of: path) }

  package static func name(of path: String) -> String {
    let last = String(path.split(separator: "/").last ?? "")
    let ending = [".yaml", ".yml"].first { last.lowercased().hasSuffix($0) && last.utf8.count > $0.utf8.count }
    return String(last.dropLast(ending?.count ?? 0))
  }

  /// Reads a job file and its pipeline file.
  ///
  /// - Parameters:
  ///   - path: the job file, absolute or relative to the working directory.
  ///   - overrides: the `--set` options, `KEY=VALUE`, the later ones winning.
  ///   - output: the `--output` option, which replaces `output:`.
  ///   - environment: what `${NAME}` is replaced by.
  /// - Throws: `ConfigError`, in one line with its location.
  package static func load(
    path: String, overrides: [String] = [], output: String? = nil, environment: [String: String]
  ) throws -> Job {
    let overrides = try overrides.map(Override.init)
    var root = try ConfigFile.read(path)
    for override in overrides where !override.isOfStage { root = try override.apply(to: root) }
    if let output { root = try root.replacing(["output"], with: .text(output, at: .commandLine("--output"))) }
    var interpolation = Interpolation(environment: environment)
    let file = try ConfigDecoder.decode(JobFile.self, from: interpolation.apply(to: root), in: "the job")
    if let schedule = file.schedule { _ = try CronExpression(schedule.value, at: schedule.location) }
    let (pipeline, variables) = try PipelineFileReader(
      job: file, overrides: overrides.filter(\.isOfStage), environment: environment
    ).read()
    let separator = file.output.path.hasSuffix("/") ? "" : "/"
    return Job(
      path: path, file: file, pipeline: pipeline, output: file.output.path,
      work: file.work?.path ?? file.output.path + separator + "work",
      variables: interpolation.variables.merging(variables) { $1 })
  }
}

/// Reads the pipeline file of a job.
private struct PipelineFileReader {
  let job: JobFile
  let overrides: [Override]
  let environment: [String: String]

  func read() throws -> (PipelineDeclaration, variables: [String: String]) {
    var root = try ConfigFile.read(job.pipeline.path, for: job.pipeline.location)
    for override in overrides { root = try override.apply(to: root) }
    let bound = try bindings()
    var interpolation = Interpolation(environment: environment, bindings: bound.mapValues(\.value))
    let resolved = try interpolation.apply(to: root)
    let pipeline = try PipelineDeclaration(resolved)
    let unused = bound.values.filter { !interpolation.used.contains($0.key) }
    if let entry = unused.min(by: { Self.isBefore($0.keyLocation, $1.keyLocation) }) {
      throw ConfigError(
        entry.keyLocation, "`\(entry.key)` is bound, but \(job.pipeline.path) has no `$\(entry.key)`",
        hint: Suggestion.nearest(to: entry.key, among: interpolation.used.sorted()).map { "did you mean `\($0)`?" }
          ?? "remove it")
    }
    return (pipeline, interpolation.variables)
  }

  /// What every `$name` stands for.
  private func bindings() throws -> [String: ConfigNode.Entry] {
    var bound: [String: ConfigNode.Entry] = [:]
    let sections = [
      try job.inputs.resolvingPaths(section: "inputs"), try job.models.resolvingPaths(section: "models"),
      job.parameters,
    ]
    for entry in sections.flatMap(\.entries) {
      if let first = bound[entry.key] {
        throw ConfigError(
          entry.keyLocation, "`\(entry.key)` is bound already, at \(first.keyLocation)", hint: "rename one of them")
      }
      bound[entry.key] = entry
    }
    return bound
  }

  private static func isBefore(_ left: SourceLocation, _ right: SourceLocation) -> Bool {
    (left.line, left.column, left.file) < (right.line, right.column, right.file)
  }
}
