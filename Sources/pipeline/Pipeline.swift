internal import ArgumentParser
internal import Dataflow
internal import Foundation
internal import Kernels

/// `pipeline`: parse, call, print.
@main
struct Pipeline: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pipeline",
    abstract: "Builds, checks and searches indexes for learned sparse and dense retrieval, offline and in batches.",
    discussion: """
      Exit codes: 0 done; 1 done, but more records in quarantine than allowed; 2 evaluation gate failed; 64 usage; \
      65 bad data; 66 no input; 69 model or engine missing; 70 bug; 73 cannot create; 74 input or output failed; \
      75 try again (locked, disk full, stopped by a signal); 78 bad job or pipeline file.
      """,
    version: "bigrain 0.1.0",
    subcommands: [
      RunCommand.self, PlanCommand.self, StatusCommand.self, ExplainCommand.self, SearchCommand.self,
      EvaluateCommand.self, VerifyCommand.self, InspectCommand.self, GarbageCommand.self, TokenizeCommand.self,
      EncodeCommand.self, PublishCommand.self, RollbackCommand.self, ExportCommand.self, ModelsCommand.self,
      ScheduleCommand.self, SchemaCommand.self, ManualCommand.self,
    ])

  static func main() {
    // A reader that went away (`pipeline search ... | head`) is an error of write, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    openStandardDescriptors()
    suggestCommand()
    checkInstructions()
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as any ExitCoded {
      Terminal.error("\(error)")
      Foundation.exit(error.exitCode.rawValue)
    } catch {
      end(with: error)
    }
  }

  /// A descriptor that is closed (`2>&-`) would be given to the next file that is opened, and messages written into it.
  private static func openStandardDescriptors() {
    for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest free number is this one: those below it are open.
      _ = unsafe open("/dev/null", O_RDWR)
    }
  }

  /// `pipeline serach` is answered with the command that is meant, instead of the whole help.
  private static func suggestCommand() {
    guard let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-"), word != "help" else { return }
    let names = configuration.subcommands.compactMap { $0.configuration.commandName }
    if names.contains(word) { return }
    let hint = Suggestion.hint(for: word, among: names) ?? "there are \(listed(names))"
    Terminal.error("there is no command `\(shown(word))`, \(hint)")
    Foundation.exit(Kernels.ExitCode.usage.rawValue)
  }

  /// A name that is mistaken, or of another processor, would change the numbers of an index in silence.
  private static func checkInstructions() {
    guard let refusal = InstructionSet.refusal else { return }
    Terminal.error(refusal)
    Foundation.exit(Kernels.ExitCode.usage.rawValue)
  }

  /// Help and version end well; what the parser refuses is usage; anything else nobody foresaw.
  private static func end(with error: any Error) -> Never {
    let code = exitCode(for: error).rawValue
    if code == 0 {
      Terminal.out(fullMessage(for: error))
      Foundation.exit(0)
    }
    if code == Kernels.ExitCode.usage.rawValue {
      Terminal.raw(fullMessage(for: error) + "\n")
      Foundation.exit(code)
    }
    Terminal.error("unexpected: \(error); please report this")
    Foundation.exit(Kernels.ExitCode.bug.rawValue)
  }
}
