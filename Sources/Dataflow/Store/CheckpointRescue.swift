internal import Codecs
internal import Kernels

/// Saves what can be read of a damaged checkpoint: every row whose own digest is right.
enum CheckpointRescue {
  /// Moves the damaged database aside (`checkpoint.damaged`) and makes a new one of its good rows.
  static func rescue(
    _ work: String, after error: FormatError
  ) throws -> (database: CheckpointDatabase, pieces: [Piece], notes: [String: String], warnings: [String]) {
    let file = work + "/checkpoint.sqlite"
    var pieces: [Piece] = []
    var notes: [String: String] = [:]
    if let old = try? CheckpointDatabase(file, readOnly: true) {
      pieces = old.salvagePieces()
      notes = (try? old.notes().notes) ?? [:]
      try? old.close()
    }
    if FileSystem.exists(file) { try FileSystem.rename(file, to: work + "/checkpoint.damaged") }
    for suffix in ["-journal", "-wal", "-shm"] { try FileSystem.removeFile(file + suffix) }
    let database = try CheckpointDatabase(file)
    try database.insert(pieces, notes: notes)
    let warning =
      "\(error); kept it as checkpoint.damaged and saved \(pieces.count) finished pieces, the others run again"
    return (database, pieces, notes, [warning])
  }
}
