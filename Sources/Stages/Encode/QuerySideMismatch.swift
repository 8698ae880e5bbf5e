internal import Encoders
internal import Kernels

/// A stage is to encode queries another way than its model's folder can.
struct QuerySideMismatch: ExitCoded, CustomStringConvertible {
  let description: String
  var exitCode: ExitCode { .configuration }

  /// Throws if the queries of a stage are to go through a transformer, and `side`, their side of the model, has none.
  static func check(_ stage: String, _ side: EncoderModel?, advice: String) throws {
    guard let side, let substitute = side.substitute else { return }
    throw QuerySideMismatch(
      description: "\(stage) encodes queries with a model, and the query side of \(side.path) has no transformer but "
        + "\(substitute): \(advice)")
  }
}
