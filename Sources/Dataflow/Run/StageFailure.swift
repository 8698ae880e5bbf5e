package import Kernels

/// A piece of work that failed, and where.
package struct StageFailure: ExitCoded, CustomStringConvertible {
  package let stage: String
  /// File and bytes of the chunk, or what is being combined.
  package let place: String
  package let underlying: any Error

  package var exitCode: ExitCode { (underlying as? any ExitCoded)?.exitCode ?? .bug }
  package var description: String { "stage `\(stage)`, \(place): \(underlying)" }
}
