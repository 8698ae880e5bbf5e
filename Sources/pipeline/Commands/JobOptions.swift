internal import ArgumentParser
internal import Foundation
internal import Jobs

/// What every command that takes a job understands.
struct JobOptions: ParsableArguments {
  @Argument(help: "The job file.")
  var job: String

  @Option(
    name: .customLong("set"), help: ArgumentHelp("Replaces a value of the job or its pipeline.", valueName: "k=v"))
  var overrides: [String] = []

  @Option(help: "Where the index goes, instead of the job's `output`.")
  var output: String?

  /// The job, read and checked.
  func load() throws -> Job {
    try Job.load(path: job, overrides: overrides, output: output, environment: ProcessInfo.processInfo.environment)
  }
}
