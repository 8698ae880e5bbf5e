internal import ArgumentParser
internal import Foundation

struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual", abstract: "Prints the man page.",
    discussion: "`make install` puts it in place; `pipeline manual | man -l -` shows it.")

  func run() throws {
    let description = try JSONDecoder().decode(CommandDescription.Tool.self, from: Data(Pipeline._dumpHelp().utf8))
    Terminal.out(ManualPage(description.command, version: Pipeline.configuration.version).text)
  }
}

/// What swift-argument-parser tells of a command and all below it, as far as the manual needs it.
struct CommandDescription: Decodable {
  struct Tool: Decodable { let command: CommandDescription }

  struct Argument: Decodable {
    struct Name: Decodable {
      let kind: String
      let name: String

      var spelled: String { (kind == "long" ? "--" : "-") + name }
    }

    let kind: String
    let names: [Name]?
    let valueName: String?
    let abstract: String?
    let defaultValue: String?
    let allValues: [String]?
    let isOptional: Bool
    let isRepeating: Bool
    let shouldDisplay: Bool
  }

  let commandName: String
  let abstract: String?
  let discussion: String?
  let subcommands: [CommandDescription]?
  let arguments: [Argument]?
}
