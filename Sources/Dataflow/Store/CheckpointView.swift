package import Codecs
internal import Kernels

/// What a work directory tells of finished work: as it is for the run that holds the lock (`WorkDirectory`), or as it
/// was at one moment for everybody else (`CheckpointSnapshot`).
package protocol CheckpointView: Sendable {
  /// The work directory.
  var path: String { get }
  /// What went wrong with the checkpoint when it was opened, and what is done about it; for the log.
  var warnings: [String] { get }
  func piece(_ fingerprint: Fingerprint) -> Piece?
  func note(_ key: String) -> String?
  /// What the last run knew of the stage called `name`.
  func description(of name: String) -> StageDescription?
  /// Stages of which the last run that began also finished every piece.
  var finishedStages: Set<String> { get }
}

extension CheckpointView {
  /// - Parameter wholly: compare every byte with the digest in the row, not only the size.
  package func state(of fingerprint: Fingerprint, wholly: Bool) -> PieceState {
    guard let piece = piece(fingerprint) else { return .unknown }
    let file = absolute(piece)
    guard let status = try? FileSystem.status(file) else { return .missing(file) }
    guard status.size == piece.seal.size else {
      return .damaged("\(file) has \(status.size) bytes, not \(piece.seal.size)")
    }
    if wholly, (try? FileSeal.measure(file)) != piece.seal { return .damaged("the SHA-256 of \(file) is wrong") }
    return .complete
  }

  /// The name of the index that the sink called `name` built last.
  package func index(of name: String) -> Fingerprint? { note("index of \(name)").flatMap(Fingerprint.init(hex:)) }

  package func absolute(_ piece: Piece) -> String { path + "/" + piece.file }
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
