package import Kernels

/// While a damaged file was computed again, something else that it needs was found missing. The next plan has both.
package struct WorkLost: ExitCoded, CustomStringConvertible {
  package let stage: String
  package var exitCode: ExitCode { .tryAgain }
  package var description: String {
    "the work directory has lost what `\(stage)` made; run the same command again, it will be made anew"
  }
}

/// A piece of work that failed, and where.
package struct StageFailure: ExitCoded, CustomStringConvertible {
  package let stage: String
  /// File and bytes of the chunk, or what is being combined.
  package let place: String
  package let underlying: any Error

  package var exitCode: ExitCode { (underlying as? any ExitCoded)?.exitCode ?? .bug }
  package var description: String { "stage `\(stage)`, \(place): \(underlying)" }
}
