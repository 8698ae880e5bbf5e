package import Codecs
internal import Foundation
internal import Kernels

/// What a work directory held at one moment, read without its lock and without a change to it: also while a run is at
/// it, and before the first one.
package struct CheckpointSnapshot: CheckpointView {
  package let path: String
  package let warnings: [String]
  package let finishedStages: Set<String>
  private let pieces: [Fingerprint: Piece]
  private let notes: [String: String]
  private let stages: [String: StageDescription]

  private struct Rows {
    var pieces: [Piece] = []
    var notes: [String: String] = [:]
    var warnings: [String] = []
  }

  /// Throws `FileError`.
  package init(reading path: String) throws {
    self.path = path
    let rows = try Self.read(path)
    warnings = rows.warnings
    pieces = Dictionary(rows.pieces.map { ($0.fingerprint, $0) }, uniquingKeysWith: { first, _ in first })
    notes = rows.notes
    stages = WorkDirectory.decode([String: StageDescription].self, rows.notes["stages"]) ?? [:]
    finishedStages = WorkDirectory.decode(Set<String>.self, rows.notes["finished"]) ?? []
  }

  package func piece(_ fingerprint: Fingerprint) -> Piece? { pieces[fingerprint] }
  package func note(_ key: String) -> String? { notes[key] }
  package func description(of name: String) -> StageDescription? { stages[name] }

  private static func read(_ path: String) throws -> Rows {
    let file = path + "/checkpoint.sqlite"
    guard FileSystem.exists(file) || FileSystem.exists(path + "/checkpoint.seal") else { return Rows() }
    do {
      if let problem = sealProblem(path) { throw FormatError.corrupt(path: file, detail: problem) }
      let database = try CheckpointDatabase(file, readOnly: true)
      // Notes first: what they speak of is among the pieces, of which a run makes more.
      let (notes, badNotes) = try database.notes()
      let (pieces, badPieces) = try database.pieces()
      try database.close()
      guard badPieces + badNotes == 0 else {
        throw FormatError.corrupt(path: file, detail: "\(badPieces + badNotes) rows have a wrong digest")
      }
      return Rows(pieces: pieces, notes: notes)
    } catch let error as FormatError {
      return try readCopy(path, after: error)
    } catch let error as FileError where error.code == EIO && (try? FileSeal.measure(file)) != nil {
      return try readCopy(path, after: .corrupt(path: file, detail: "SQLite cannot follow it"))
    }
  }

  private static func sealProblem(_ path: String) -> String? {
    // A run that begins takes the seal away, perhaps just now.
    guard let problem = try? CheckpointSeal.problem(in: path), FileSystem.exists(path + "/checkpoint.seal") else {
      return nil
    }
    return problem
  }

  /// Does to a copy what a run would do to the checkpoint: rolls back a transaction that was interrupted, and saves
  /// what can be saved of a damaged file.
  private static func readCopy(_ path: String, after error: FormatError) throws -> Rows {
    let copy = FileManager.default.temporaryDirectory.path + "/bigrain-checkpoint-\(UUID().uuidString)"
    try FileSystem.createDirectories(copy)
    defer { try? FileSystem.removeTree(copy) }
    for name in ["checkpoint.sqlite", "checkpoint.sqlite-journal", "checkpoint.seal"]
    where FileSystem.exists("\(path)/\(name)") {
      try FileManager.default.copyItem(atPath: "\(path)/\(name)", toPath: "\(copy)/\(name)")
    }
    let opened = try WorkDirectory.open(copy)
    try opened.database.close()
    let warnings =
      opened.warnings.isEmpty
      ? [] : ["\(error); a run will put it aside and keep \(opened.pieces.count) finished pieces"]
    return Rows(pieces: opened.pieces, notes: opened.notes, warnings: warnings)
  }
}
