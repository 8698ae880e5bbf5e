internal import ArgumentParser
internal import Jobs
internal import Kernels
internal import Shards

struct PublishCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "publish", abstract: "Publishes the newest generation that the job has built.")

  @OptionGroup var options: JobOptions

  func run() throws {
    let index = IndexFolder(try options.load().output)
    guard FileSystem.exists(index.generationsPath), let newest = try index.generations().last else {
      throw IndexError.notAnIndex(path: index.path, detail: "nothing has been built there; run the job first")
    }
    try index.publish(newest)
    Terminal.out("\(index.linkPath) -> \(newest.path)")
  }
}

struct RollbackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback", abstract: "Publishes the generation before the current one.")

  @OptionGroup var options: JobOptions

  func run() throws {
    let index = IndexFolder(try options.load().output)
    let previous = try index.rollback()
    Terminal.out("\(index.linkPath) -> \(previous.path)")
  }
}
