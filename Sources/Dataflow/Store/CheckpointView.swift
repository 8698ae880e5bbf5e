package import Codecs

/// What the planner may ask the checkpoint.
package protocol CheckpointView {
  /// - Parameter wholly: compare every byte with the digest in the row, not only the size.
  func state(of fingerprint: Fingerprint, wholly: Bool) -> PieceState
  /// What the last run knew of the stage called `name`.
  func description(of name: String) -> StageDescription?
  /// The name of the index that the sink called `name` built last.
  func index(of name: String) -> Fingerprint?
  /// Stages of which the last run that began also finished every piece.
  var finishedStages: Set<String> { get }
}

/// What is known of a finished piece of work.
package enum PieceState: Sendable, Hashable {
  case unknown
  case complete
  case missing(String)
  case damaged(String)
}

/// A finished file with what must be known without opening it: one row of the checkpoint.
package struct Piece: Sendable, Hashable {
  package let fingerprint: Fingerprint
  /// The stage as the pipeline file calls it; for people.
  package let stage: String
  /// Relative to the work directory.
  package let file: String
  package let seal: FileSeal
  package let rows: Int
  package let tokens: Int
  package let rejected: [Rejection]
  package let notices: [String: Int]

  package init(
    fingerprint: Fingerprint, stage: String, file: String, seal: FileSeal, rows: Int, tokens: Int,
    rejected: [Rejection],
    notices: [String: Int] = [:]
  ) {
    self.fingerprint = fingerprint
    self.stage = stage
    self.file = file
    self.seal = seal
    self.rows = rows
    self.tokens = tokens
    self.rejected = rejected
    self.notices = notices
  }
}
