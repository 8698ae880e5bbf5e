internal import ArgumentParser
internal import Dataflow
internal import Kernels
internal import Shards
internal import Stages

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Checks every bit of an index or a work directory, and says what is wrong.")

  @Argument(help: "An index, an output folder, a generation or a work directory.", completion: .directory)
  var path: String

  /// Problems were found and printed.
  struct Damaged: ExitCoded, CustomStringConvertible {
    let count: Int
    var exitCode: Kernels.ExitCode { .badData }
    var description: String {
      "\(count) problem\(count == 1 ? "" : "s") found; `pipeline run` builds a damaged index again, and `pipeline gc`"
        + " drops what is damaged in a work directory"
    }
  }

  func run() throws {
    var problems: [String] = []
    var checked = false
    for work in [path, path + "/work"] {
      let hasChunks = try FileSystem.exists(work + "/chunks") && !FileSystem.list(work + "/chunks").isEmpty
      guard hasChunks || FileSystem.exists(work + "/checkpoint.sqlite") else { continue }
      problems += try WorkVerifier.verify(work).map(\.description)
      checked = true
    }
    let index = try IndexLocation.index(path)
    if !checked || index != nil {
      let report = try IndexVerifier.verify(path)
      problems += report.problems.map(\.description)
      do { _ = try ModelLocations.of(index?.path) } catch { problems.append("\(error)") }
      for stray in report.strays { Terminal.log("not part of the index: \(stray)") }
      let generations = "\(report.generations) generation\(report.generations == 1 ? "" : "s")"
      Terminal.log("\(report.files) files, \(Terminal.bytes(report.bytes)) in \(generations) read")
    }
    for problem in problems { Terminal.out(problem) }
    if !problems.isEmpty { throw Damaged(count: problems.count) }
    Terminal.out("\(path): no damage found")
  }
}
