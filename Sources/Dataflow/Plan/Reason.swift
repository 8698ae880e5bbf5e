/// Why a piece of work runs. Every decision to run has one.
package enum Reason: Sendable, Hashable, Codable, CustomStringConvertible {
  /// There is no trace of an earlier run of it.
  case neverRun
  /// The stage itself is not what it was: parameters, version, models, the processor.
  case fingerprintChanged([String])
  /// The stage is what it was, but something before it is not: the collection, or the stages named.
  case inputChanged([String])
  /// The checkpoint knows it, the file is gone.
  case outputMissing(String)
  /// The checkpoint knows it, the file is damaged.
  case outputCorrupt(String)
  /// `--fresh`.
  case forced

  package var description: String {
    switch self {
    case .neverRun: "never run"
    case .fingerprintChanged(let what): "changed: \(what.joined(separator: ", "))"
    case .inputChanged(let what): "input changed: \(what.joined(separator: ", "))"
    case .outputMissing(let path): "output missing: \(path)"
    case .outputCorrupt(let what): "output corrupt: \(what)"
    case .forced: "forced by --fresh"
    }
  }
}
