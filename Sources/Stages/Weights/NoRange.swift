internal import Kernels

/// `quantize.impacts` was told neither a maximum nor where to find one.
struct NoRange: ExitCoded, CustomStringConvertible {
  var exitCode: ExitCode { .configuration }
  var description: String { "give `maximum: WEIGHT`, or `range:` with the name of a fit.impactRange stage" }
}
