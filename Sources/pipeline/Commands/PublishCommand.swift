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
    let lock = try JobSession.lock(index: index.path)
    defer { withExtendedLifetime(lock) {} }
    try index.publish(newest)
    Terminal.out("\(index.linkPath) -> \(newest.path)")
  }
}

struct RollbackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback", abstract: "Publishes the generation that was published before the current one.",
    discussion: """
      No run publishes the current one again, nor what is built from the same, until `pipeline publish` is asked to.
      """)

  @OptionGroup var options: JobOptions

  func run() throws {
    let index = IndexFolder(try options.load().output)
    guard FileSystem.exists(index.path) else { throw IndexError.nothingPublished(path: index.path) }
    let lock = try JobSession.lock(index: index.path)
    defer { withExtendedLifetime(lock) {} }
    let previous = try index.rollback()
    Terminal.out("\(index.linkPath) -> \(previous.path)")
  }
}
