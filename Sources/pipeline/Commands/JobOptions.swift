internal import ArgumentParser
internal import Foundation
internal import Jobs

/// What every command that takes a job understands.
struct JobOptions: ParsableArguments {
  @Argument(help: "The job file.", completion: .jobFile)
  var job: String

  @OptionGroup var changes: JobChanges

  /// The job, read and checked.
  func load() throws -> Job { try changes.load(job) }
}

/// What the command line says otherwise than a job file.
struct JobChanges: ParsableArguments {
  @Option(
    name: .customLong("set"), help: ArgumentHelp("Replaces a value of the job or its pipeline.", valueName: "k=v"))
  var overrides: [String] = []

  @Option(help: "Where the index goes, instead of the job's `output`.", completion: .directory)
  var output: String?

  func load(_ path: String) throws -> Job {
    try Job.load(path: path, overrides: overrides, output: output, environment: ProcessInfo.processInfo.environment)
  }
}

extension CompletionKind {
  /// Job files, and the folders on the way to them.
  static var jobFile: CompletionKind { .file(extensions: ["yaml", "yml"]) }
}
