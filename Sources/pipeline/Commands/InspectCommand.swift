internal import ArgumentParser
internal import Shards

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Shows what is in a file or an index, and where its bytes go.")

  @Argument(help: "A file of bigrain, or an index.", completion: .file()) var path: String
  @Flag(help: "Prints one JSON object.") var json = false

  func run() throws {
    let inspection = try Inspection.describe(path)
    if json { try Terminal.json(inspection.json) } else { Terminal.out(inspection.text) }
  }
}
