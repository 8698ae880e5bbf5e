internal import ArgumentParser
internal import Jobs

struct GarbageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc", abstract: "Removes what no later run of the job can use.")

  @OptionGroup var options: JobOptions

  func run() throws {
    let session = try JobSession(options.load())
    let result = try session.collectGarbage()
    try session.work.close()
    for file in result.files { Terminal.log("removed \(file)") }
    Terminal.out("\(result.files.count) files and \(result.rows) rows removed, \(Terminal.bytes(result.bytes)) freed")
  }
}
