/// What the process says to the shell when it ends: the codes that scripts depend on (DESIGN.md, "Command line").
package enum ExitCode: Int32, Sendable, CaseIterable {
  case success = 0
  /// Done, but more records are in quarantine than the job allows.
  case quarantineExceeded = 1
  /// The evaluation gate failed: the index is built and not published.
  case evaluationGate = 2
  /// The command line is wrong, `--set` included.
  case usage = 64
  /// The collection, queries or judgements are not what they should be.
  case badData = 65
  /// A file that should be read is missing or cannot be opened.
  case noInput = 66
  /// A model or an engine is missing.
  case unavailable = 69
  /// A defect of bigrain itself.
  case bug = 70
  case cannotCreate = 73
  case inputOutput = 74
  /// Run the same command again later: locked, disk full, or drained by a signal.
  case tryAgain = 75
  /// The job or pipeline file is wrong.
  case configuration = 78
}

/// An error that knows with which code the process should end.
package protocol ExitCoded: Error {
  var exitCode: ExitCode { get }
}
