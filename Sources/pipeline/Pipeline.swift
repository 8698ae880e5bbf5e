internal import ArgumentParser
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
      PublishCommand.self, RollbackCommand.self,
    ])

  static func main() {
    // A reader that went away (`pipeline search ... | head`) is an error of write, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as any ExitCoded {
      Terminal.error("\(error)")
      exit(withCode: error.exitCode)
    } catch let code as ExitCode {
      Foundation.exit(code.rawValue)
    } catch let error as ArgumentParser.ExitCode {
      Foundation.exit(error.rawValue)
    } catch {
      exit(withError: error)
    }
  }

  private static func exit(withCode code: Kernels.ExitCode) -> Never { Foundation.exit(code.rawValue) }

  private static func exit(withError error: any Error) -> Never {
    // Help and version end well; what the parser refuses is usage; anything else nobody foresaw.
    let code = exitCode(for: error)
    if code == .success || code == .validationFailure || code.rawValue == 64 { exit(withError: error as Error?) }
    Terminal.error("unexpected: \(error); please report this")
    exit(withCode: .bug)
  }

  private static func exit(withError error: (any Error)?) -> Never {
    guard let error else { Foundation.exit(0) }
    let text = fullMessage(for: error)
    let code = exitCode(for: error)
    if code == .success { Terminal.out(text) } else { Terminal.raw(text + "\n") }
    Foundation.exit(code == .success ? 0 : Kernels.ExitCode.usage.rawValue)
  }
}
