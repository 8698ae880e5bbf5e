internal import ArgumentParser
internal import Dataflow
internal import Foundation
internal import Jobs
internal import Kernels

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Says how far a run is, also while it goes on.",
    discussion: "A job that keeps its chunks elsewhere (`work:`) is asked for by its job file.")

  @Argument(help: "A job file, an output folder or a work directory.", completion: .jobFile) var path: String
  @OptionGroup var changes: JobChanges
  @Flag(help: "Prints one JSON object.") var json = false

  /// There is no checkpoint where one was looked for.
  struct NothingDone: ExitCoded, CustomStringConvertible {
    let description: String
    var exitCode: Kernels.ExitCode { .noInput }
  }

  func run() throws {
    let status = try WorkStatus(reading: workPath())
    if json { return try Terminal.json(status) }
    Terminal.out("\(status.path): \(status.isRunning ? "running (\(status.holder ?? ""))" : "nobody at work")")
    if let progress = status.progress {
      Terminal.out("  pass \(progress.pass) of \(progress.passes), \(progress.stage):\(ProgressLine.text(progress))")
    }
    for stage in status.stages {
      Terminal.out(
        "  \(stage.name): \(Terminal.grouped(stage.pieces)) pieces, \(Terminal.grouped(stage.rows)) records,"
          + " \(Terminal.bytes(stage.bytes))")
    }
  }

  private func workPath() throws -> String {
    func isWork(_ folder: String) -> Bool { FileSystem.exists(folder + "/checkpoint.sqlite") }
    guard try FileSystem.status(path)?.isDirectory == true else {
      let work = try changes.load(path).work
      if !isWork(work) { throw NothingDone(description: "\(work): no run of \(path) has been at work there") }
      return work
    }
    for (option, isGiven) in [("--set", !changes.overrides.isEmpty), ("--output", changes.output != nil)] where isGiven
    {
      throw ConfigError(.commandLine(option), "it changes a job, and \(path) is a folder", hint: "name the job file")
    }
    guard let work = [path + "/work", path].first(where: isWork) else {
      throw NothingDone(
        description:
          "\(path): no run has been at work there; a job with a `work:` of its own is asked for by its job file")
    }
    return work
  }
}
