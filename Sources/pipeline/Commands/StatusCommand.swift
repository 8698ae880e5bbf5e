internal import ArgumentParser
internal import Dataflow
internal import Foundation
internal import Jobs
internal import Kernels

struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Says how far a run is, also while it goes on.")

  @Argument(help: "A job file, an output folder or a work directory.") var path: String
  @Flag(help: "Prints one JSON object.") var json = false

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
    guard try FileSystem.status(path)?.isDirectory == true else {
      return try Job.load(path: path, environment: ProcessInfo.processInfo.environment).work
    }
    return FileSystem.exists(path + "/work/checkpoint.sqlite") ? path + "/work" : path
  }
}
