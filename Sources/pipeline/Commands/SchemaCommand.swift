internal import ArgumentParser
internal import Jobs

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Prints the JSON Schema of job or pipeline files, for editors.",
    discussion: """
      A first line `# yaml-language-server: $schema=FILE` in a file makes editors complete its keys and underline what \
      is wrong.
      """)

  enum File: String, ExpressibleByArgument, CaseIterable { case job, pipeline }

  @Argument(help: "Which files.") var file: File

  func run() throws {
    Terminal.out(try (file == .job ? FileSchema.job() : FileSchema.pipeline()).encoded + [UInt8(ascii: "\n")])
  }
}
