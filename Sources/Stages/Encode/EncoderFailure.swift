internal import Kernels

/// An encoder gave what it must not: a wrong number of vectors, a number that is not finite. The chunk fails and nothing
/// is stored.
struct EncoderFailure: ExitCoded, CustomStringConvertible {
  let detail: String
  var exitCode: ExitCode { .badData }
  var description: String { "the encoder's output cannot be used: \(detail)" }

  static func check(_ count: Int, is expected: Int) throws {
    if count != expected { throw EncoderFailure(detail: "\(count) results for \(expected) passages") }
  }

  static func checkFinite(_ values: [Float]) throws {
    if !values.allSatisfy(\.isFinite) { throw EncoderFailure(detail: "a number is not finite") }
  }
}
