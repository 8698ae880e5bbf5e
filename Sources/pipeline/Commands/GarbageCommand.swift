internal import ArgumentParser
internal import Jobs
internal import Kernels

struct GarbageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc", abstract: "Removes what no later run of the job can use.")

  @OptionGroup var options: JobOptions

  func run() throws {
    let job = try options.load()
    guard FileSystem.exists(job.work) || FileSystem.exists(job.output) else {
      return Terminal.out("nothing has been built in \(job.output)")
    }
    let session = try JobSession(job)
    let result = try session.collectGarbage()
    try session.work.close()
    for file in result.files { Terminal.log("removed \(file)") }
    Terminal.out("\(result.files.count) files and \(result.rows) rows removed, \(Terminal.bytes(result.bytes)) freed")
  }
}
