package import Codecs
internal import Foundation
internal import Kernels
internal import Synchronization

/// The folder in which a job keeps finished work.
///
/// ```
/// WORK/lock               held by one run at a time; empty when nobody runs
/// WORK/checkpoint.sqlite  a row for each finished piece
/// WORK/checkpoint.seal    size and SHA-256 of checkpoint.sqlite, written when a run ends, removed when one begins
/// WORK/chunks/ab/ab…      finished files, named by their fingerprint
/// WORK/spill/             temporary files of the run that holds the lock
/// ```
/// A piece is finished when its file is in place and its row is committed, in this order; a file without a row is
/// nothing. Safe to use from several threads.
package final class WorkDirectory: CheckpointView, @unchecked Sendable {
  // Sendable: `database` and `lock` are used only inside `state`'s lock, everything else is immutable.
  private struct State {
    var pieces: [Fingerprint: Piece]
    var notes: [String: String]
    /// Notes that the next commit takes along.
    var waiting: [String: String] = [:]
    var attempts = 0
    /// Pieces that were inserted since the directory was opened.
    var fresh: Set<Fingerprint> = []
  }

  package let path: String
  /// What went wrong with the checkpoint when it was opened, and what was done; for the log.
  package let warnings: [String]
  private var lock: FileLock?
  private let database: CheckpointDatabase
  private let state: Mutex<State>
  private let stages: [String: StageDescription]
  package let finishedStages: Set<String>

  private var sealPath: String { path + "/checkpoint.seal" }
  package var spillDirectory: String { path + "/spill" }

  /// Takes the lock, opens the checkpoint and empties `spill`. Throws `FileLock.Held` when another run is at it.
  package init(_ path: String) throws {
    self.path = path
    try FileSystem.createDirectories(path + "/chunks")
    lock = try FileLock(path + "/lock")
    let opened = try Self.open(path)
    database = opened.database
    warnings = opened.warnings
    try FileSystem.removeFile(path + "/checkpoint.seal")
    try FileSystem.synchronizeDirectory(path)
    try FileSystem.removeTree(path + "/spill")
    state = Mutex(
      State(
        pieces: Dictionary(opened.pieces.map { ($0.fingerprint, $0) }, uniquingKeysWith: { first, _ in first }),
        notes: opened.notes))
    stages = Self.decode([String: StageDescription].self, opened.notes["stages"]) ?? [:]
    finishedStages = Self.decode(Set<String>.self, opened.notes["finished"]) ?? []
  }

  /// The checkpoint in a folder, made anew or rescued where it must be.
  static func open(
    _ path: String
  ) throws -> (database: CheckpointDatabase, pieces: [Piece], notes: [String: String], warnings: [String]) {
    let file = path + "/checkpoint.sqlite"
    do {
      if let problem = try CheckpointSeal.problem(in: path) { throw FormatError.corrupt(path: file, detail: problem) }
      let database = try CheckpointDatabase(file)
      let (pieces, badPieces) = try database.pieces()
      let (notes, badNotes) = try database.notes()
      try database.checkWritable()
      // The last run was killed: nobody has measured the file since.
      if !FileSystem.exists(path + "/checkpoint.seal"), let problem = try database.structuralProblems().first {
        throw FormatError.corrupt(path: file, detail: problem)
      }
      guard badPieces + badNotes == 0 else {
        throw FormatError.corrupt(path: file, detail: "\(badPieces + badNotes) rows have a wrong digest")
      }
      return (database, pieces, notes, [])
    } catch let error as FormatError {
      return try CheckpointRescue.rescue(path, after: error)
    } catch let error as FileError where error.code == EIO && (try? FileSeal.measure(file)) != nil {
      // The disk gives all of the file, so it is what the file says that leads SQLite to where nothing is.
      return try CheckpointRescue.rescue(path, after: .corrupt(path: file, detail: "SQLite cannot follow it"))
    }
  }

  static func decode<T: Decodable>(_ type: T.Type, _ text: String?) -> T? {
    text.flatMap { try? JSONDecoder().decode(type, from: Data($0.utf8)) }
  }

  // MARK: what the planner asks

  package func description(of name: String) -> StageDescription? { stages[name] }

  // MARK: pieces

  package func piece(_ fingerprint: Fingerprint) -> Piece? { state.withLock { $0.pieces[fingerprint] } }

  /// Whether the piece was finished since the directory was opened, not by an earlier run.
  func isOfThisRun(_ fingerprint: Fingerprint) -> Bool { state.withLock { $0.fresh.contains(fingerprint) } }

  package var pieces: [Piece] {
    state.withLock { $0.pieces.values.sorted { $0.fingerprint < $1.fingerprint } }
  }

  /// Where the file of `fingerprint` goes, relative to the work directory; its folder exists afterwards.
  func place(for fingerprint: Fingerprint) throws -> String {
    let name = fingerprint.description
    let folder = "chunks/" + name.prefix(2)
    try FileSystem.createDirectories(path + "/" + folder)
    return folder + "/" + name
  }

  /// A number for the temporary name of a file, another one each time: chunks of the same bytes have the same name, and
  /// two workers may make it at once.
  func nextAttempt() -> Int {
    state.withLock { state in
      state.attempts += 1
      return state.attempts
    }
  }

  /// Commits finished files, all or none: the rows that make them count.
  func insert(_ pieces: [Piece]) throws {
    try state.withLock { state in
      try database.insert(pieces, notes: state.waiting)
      state.waiting.removeAll()
      for piece in pieces {
        state.pieces[piece.fingerprint] = piece
        state.fresh.insert(piece.fingerprint)
      }
    }
  }

  /// Drops rows; their files become strays.
  func remove(_ fingerprints: [Fingerprint]) throws {
    try state.withLock { state in
      try database.remove(fingerprints)
      for fingerprint in fingerprints { state.pieces[fingerprint] = nil }
    }
  }

  // MARK: notes

  package func note(_ key: String) -> String? { state.withLock { $0.notes[key] } }

  package func setNote(_ key: String, _ value: String) throws {
    try state.withLock { state in
      try database.insert([], notes: state.waiting.merging([key: value]) { _, new in new })
      state.waiting.removeAll()
      state.notes[key] = value
    }
  }

  /// For what is worth no commit of its own: a kill before the next one loses it.
  func setNoteWithNextCommit(_ key: String, _ value: String) {
    state.withLock { state in
      state.notes[key] = value
      state.waiting[key] = value
    }
  }

  /// Remembers what the stages are, for the reasons of the next plan; `finished`: those with nothing left to do.
  func remember(_ descriptions: [StageDescription], finished: Set<String>) throws {
    let all = stages.merging(descriptions.map { ($0.name, $0) }) { _, new in new }
    try setNote("stages", Self.encode(all))
    try setNote("finished", Self.encode(finished.sorted()))
  }

  static func encode(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Only texts, whole numbers and digests are noted: this cannot fail.
    return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// Ends the use of the directory: closes the database, seals it and gives the lock back. Without `close` the lock goes
  /// with the object.
  package func close() throws {
    try state.withLock { state in
      defer { lock = nil }
      // What waits is worth no failure.
      if !state.waiting.isEmpty { try? database.insert([], notes: state.waiting) }
      try database.close()
      try FileSystem.removeTree(spillDirectory)
      try CheckpointSeal.write(in: path)
    }
  }
}

/// `checkpoint.seal`: one line, `size sha256`, of the database at rest.
enum CheckpointSeal {
  static func write(in work: String) throws {
    let seal = try FileSeal.measure(work + "/checkpoint.sqlite")
    try DurableFile.write(Array("\(seal.size) \(seal.fingerprint)\n".utf8), to: work + "/checkpoint.seal")
  }

  /// What is wrong with the sealed database, if it is sealed and something is.
  static func problem(in work: String) throws -> String? {
    guard let status = try FileSystem.status(work + "/checkpoint.seal") else { return nil }
    let text = try PositionalFile(work + "/checkpoint.seal").read(at: 0, count: min(status.size, 200))
    guard try FileSystem.status(work + "/checkpoint.sqlite") != nil else { return "it is missing" }
    let seal = try FileSeal.measure(work + "/checkpoint.sqlite")
    return text == Array("\(seal.size) \(seal.fingerprint)\n".utf8) ? nil : "it is not what checkpoint.seal says"
  }
}
