internal import ArgumentParser
internal import Jobs
internal import Kernels
internal import Shards

struct PublishCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "publish", abstract: "Publishes what the last run built and did not publish, or what a rollback left.",
    discussion: """
      It is published as it is, whatever the job's evaluation or quarantine say of it, now and in later runs.
      """)

  @OptionGroup var options: JobOptions

  func run() throws {
    let index = IndexFolder(try options.load().output)
    let nothing = IndexError.notAnIndex(path: index.path, detail: "nothing has been built there; run the job first")
    guard FileSystem.exists(index.generationsPath) else { throw nothing }
    let lock = try JobSession.lock(index: index.path)
    defer { withExtendedLifetime(lock) {} }
    guard let latest = try index.latest() else { throw nothing }
    try index.publish(latest, byHand: true)
    Terminal.out("\(index.linkPath) -> \(latest.path)")
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
    let done = try index.rollback()
    for generation in done.damaged { Terminal.log("warning: \(generation.path) is damaged and passed over") }
    Terminal.out("\(index.linkPath) -> \(done.generation.path)")
  }
}
