internal import Codecs
internal import Kernels

/// Checks every bit of a work directory.
package enum WorkVerifier {
  /// One thing that is wrong.
  package struct Problem: Sendable, Hashable, CustomStringConvertible {
    package let path: String
    package let detail: String
    package var description: String { "\(path): \(detail)" }
  }

  /// All problems, in no case only the first. Takes the lock for as long as it reads.
  /// Throws only when the directory cannot be read at all, or a run is at it.
  package static func verify(_ work: String) throws -> [Problem] {
    let lockPath = work + "/lock"
    var problems: [Problem] = []
    // Read before the lock is taken, which writes our own name into it.
    let holder = FileSystem.exists(lockPath) ? try PositionalFile(lockPath).read(at: 0, count: 400) : []
    let lock = try lock(lockPath)
    defer { withExtendedLifetime(lock) {} }
    // A run that was killed leaves its name; anything else in the file is damage, but harmless.
    if !holder.isEmpty && !holder.starts(with: Array("process ".utf8)) {
      problems.append(Problem(path: lockPath, detail: "unexpected content"))
    }
    let file = work + "/checkpoint.sqlite"
    if let problem = try CheckpointSeal.problem(in: work) { problems.append(Problem(path: file, detail: problem)) }
    guard FileSystem.exists(file) else {
      problems.append(Problem(path: file, detail: "missing"))
      return problems
    }
    do {
      // A transaction that was interrupted must be rolled back before anything can be read.
      let database = try CheckpointDatabase(file, readOnly: !FileSystem.exists(file + "-journal"))
      problems += try database.structuralProblems().map { Problem(path: file, detail: $0) }
      let (pieces, badPieces) = try database.pieces()
      let badNotes = try database.notes().damaged
      if badPieces + badNotes > 0 {
        problems.append(Problem(path: file, detail: "\(badPieces + badNotes) rows have a wrong digest"))
      }
      try database.close()
      for piece in pieces { problems += check(piece, in: work) }
    } catch let error as FormatError {
      problems.append(Problem(path: file, detail: "\(error)"))
    }
    return problems
  }

  /// The lock, or nothing where it may not be written and nobody holds it: a copy that is only to be read.
  private static func lock(_ path: String) throws -> FileLock? {
    do { return try FileLock(path) } catch let error as FileError where error.isForbidden {
      if let holder = try FileLock.holder(path) { throw FileLock.Held(path: path, holder: holder) }
      return nil
    }
  }

  private static func check(_ piece: Piece, in work: String) -> [Problem] {
    let path = work + "/" + piece.file
    do {
      guard let status = try FileSystem.status(path) else { return [Problem(path: path, detail: "missing")] }
      guard status.size == piece.seal.size else {
        return [Problem(path: path, detail: "it has \(status.size) bytes, not \(piece.seal.size)")]
      }
      guard try FileSeal.measure(path) == piece.seal else {
        return [Problem(path: path, detail: "its SHA-256 is wrong\(section(path))")]
      }
      return []
    } catch {
      return [Problem(path: path, detail: "\(error)")]
    }
  }

  /// Where in the file the damage is, as far as the envelope knows.
  private static func section(_ path: String) -> String {
    do {
      try Envelope(path: path, access: .positional).verify()
      return ""
    } catch {
      return " (\(error))"
    }
  }
}
