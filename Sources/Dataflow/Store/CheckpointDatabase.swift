internal import Codecs
internal import Foundation
internal import GRDB
internal import Kernels

/// The rows of the checkpoint in SQLite: one for each finished piece, one for each stage, the cut collections.
///
/// Every row carries a SHA-256 of its values. Commits are durable when they return (`synchronous = EXTRA`). One
/// connection, used from one thread at a time.
final class CheckpointDatabase {
  private let queue: DatabaseQueue
  let path: String

  /// Opens or creates the database. Throws `FormatError.corrupt` for a file that SQLite cannot use.
  init(_ path: String, readOnly: Bool = false) throws {
    self.path = path
    var configuration = Configuration()
    configuration.readonly = readOnly
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { database in
      if !readOnly { try database.execute(sql: "PRAGMA synchronous = EXTRA") }
    }
    queue = try Self.translating(path) {
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      if !readOnly { try queue.write(Self.createTables) }
      return queue
    }
  }

  private static func createTables(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE IF NOT EXISTS piece (
          fingerprint BLOB PRIMARY KEY, stage TEXT NOT NULL, file TEXT NOT NULL, size INTEGER NOT NULL,
          sha256 BLOB NOT NULL, rows INTEGER NOT NULL, tokens INTEGER NOT NULL, remarks TEXT NOT NULL,
          digest BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS note (
          key TEXT PRIMARY KEY, value TEXT NOT NULL, digest BLOB NOT NULL) WITHOUT ROWID;
        """)
  }

  /// Turns SQLite's errors into ours: what the path is, and what to do.
  private static func translating<T>(_ path: String, _ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let error as DatabaseError {
      switch error.resultCode {
      case .SQLITE_READONLY where FileManager.default.isWritableFile(atPath: path):
        // The header has a format version of the future: SQLite would only read such a file.
        throw FormatError.corrupt(path: path, detail: "its header is damaged")
      case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_SCHEMA, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH,
        .SQLITE_TOOBIG, .SQLITE_FORMAT:
        throw FormatError.corrupt(path: path, detail: error.message ?? "SQLite cannot read it")
      case .SQLITE_FULL: throw FileError("write", path, code: ENOSPC)
      case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM: throw FileError("create", path, code: EACCES)
      case .SQLITE_BUSY, .SQLITE_LOCKED: throw FileError("lock", path, code: EAGAIN)
      case .SQLITE_IOERR:
        try probe(path)
        throw failure(path, error)
      default: throw failure(path, error)
      }
    }
  }

  /// With SQLite's extended code, which tells of reading, writing, locking or removing (sqlite.org/rescode.html).
  private static func failure(_ path: String, _ error: DatabaseError) -> FileError {
    let words = "SQLite's error \(error.extendedResultCode.rawValue), \(error.message ?? "without words")"
    return FileError("write", path, code: EIO, detail: words)
  }

  /// Writes some pages beside the database: SQLite has no code of its own for a disk quota, but the disk says it again.
  private static func probe(_ path: String) throws {
    let beside = path + ".probe"
    defer { try? FileManager.default.removeItem(atPath: beside) }
    try FileAppender(creating: beside).write([UInt8](repeating: 0, count: 1 << 16))
  }

  /// Throws if rows cannot be inserted, though perhaps they can be read; leaves nothing behind.
  func checkWritable() throws {
    let name = Fingerprint.of([])
    let row = Piece(
      fingerprint: name, stage: "", file: "", seal: FileSeal(size: 0, fingerprint: name), rows: 0, tokens: 0,
      rejected: [])
    try Self.translating(path) {
      try queue.writeWithoutTransaction { database in
        try database.inTransaction {
          try Self.insert(row, database)
          try Self.insert("", "", database)
          return .rollback
        }
      }
    }
  }

  /// Inserts rows in one transaction.
  func insert(_ pieces: [Piece], notes: [String: String]) throws {
    try Self.translating(path) {
      try queue.write { database in
        for piece in pieces { try Self.insert(piece, database) }
        for (key, value) in notes.sorted(by: { $0.key < $1.key }) { try Self.insert(key, value, database) }
      }
    }
  }

  private static func insert(_ piece: Piece, _ database: Database) throws {
    let remarks = encode(Remarks(notices: piece.notices, rejected: piece.rejected))
    try database.execute(
      sql: "INSERT OR REPLACE INTO piece VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      arguments: [
        Data(piece.fingerprint.bytes), piece.stage, piece.file, piece.seal.size, Data(piece.seal.fingerprint.bytes),
        piece.rows, piece.tokens, remarks, Data(digest(of: piece, remarks).bytes),
      ])
  }

  func remove(_ fingerprints: [Fingerprint]) throws {
    try Self.translating(path) {
      try queue.write { database in
        for fingerprint in fingerprints {
          try database.execute(
            sql: "DELETE FROM piece WHERE fingerprint = ?", arguments: [Data(fingerprint.bytes)])
        }
      }
    }
  }

  private static func insert(_ key: String, _ value: String, _ database: Database) throws {
    try database.execute(
      sql: "INSERT OR REPLACE INTO note VALUES (?, ?, ?)",
      arguments: [key, value, Data(digest(key, value).bytes)])
  }

  /// All rows whose digest is right, and how many have a wrong one.
  func pieces() throws -> (pieces: [Piece], damaged: Int) {
    var pieces: [Piece] = []
    let damaged = try readPieces { pieces.append($0) }
    return (pieces, damaged)
  }

  /// The rows that can still be read: up to the first damaged page from either end.
  func salvagePieces() -> [Piece] {
    var pieces: [Fingerprint: Piece] = [:]
    for order in ["ASC", "DESC"] { _ = try? readPieces(order) { pieces[$0.fingerprint] = $0 } }
    return pieces.values.sorted { $0.fingerprint < $1.fingerprint }
  }

  /// Calls `found` for each row whose digest is right; returns how many have a wrong one.
  private func readPieces(_ order: String = "ASC", _ found: (Piece) -> Void) throws -> Int {
    try Self.translating(path) {
      try queue.read { database in
        var damaged = 0
        // Columns by name: the table's own list of them may be what is damaged.
        let sql = """
          SELECT fingerprint, stage, file, size, sha256, rows, tokens, remarks, digest FROM piece
          ORDER BY fingerprint \(order)
          """
        let rows = try Row.fetchCursor(database, sql: sql)
        while let row = try rows.next() {
          if let piece = Self.piece(row) { found(piece) } else { damaged += 1 }
        }
        return damaged
      }
    }
  }

  func notes() throws -> (notes: [String: String], damaged: Int) {
    try Self.translating(path) {
      try queue.read { database in
        var notes: [String: String] = [:]
        var damaged = 0
        let rows = try Row.fetchCursor(database, sql: "SELECT key, value, digest FROM note")
        while let row = try rows.next() {
          if let key = text(row, 0), let value = text(row, 1), blob(row, 2) == Self.digest(key, value).bytes {
            notes[key] = value
          } else {
            damaged += 1
          }
        }
        return (notes, damaged)
      }
    }
  }

  /// SQLite's own check of the file's structure; empty if nothing is wrong.
  func structuralProblems() throws -> [String] {
    try Self.translating(path) {
      try queue.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") }.filter { $0 != "ok" }
    }
  }

  func close() throws {
    try Self.translating(path) { try queue.close() }
  }

  /// What a row says of records that were not as they should be.
  private struct Remarks: Codable {
    let notices: [String: Int]
    let rejected: [Rejection]
  }

  private static func encode(_ remarks: Remarks) -> String {
    if remarks.notices.isEmpty && remarks.rejected.isEmpty { return "" }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Texts and whole numbers only: this cannot fail.
    return (try? encoder.encode(remarks)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  private static func digest(of piece: Piece, _ remarks: String) -> Fingerprint {
    var hasher = FingerprintHasher()
    hasher.field(piece.fingerprint)
    hasher.field(piece.stage)
    hasher.field(piece.file)
    hasher.field("\(piece.seal.size) \(piece.rows) \(piece.tokens)")
    hasher.field(piece.seal.fingerprint)
    hasher.field(remarks)
    return hasher.finalize()
  }

  private static func digest(_ key: String, _ value: String) -> Fingerprint {
    var hasher = FingerprintHasher()
    hasher.field(key)
    hasher.field(value)
    return hasher.finalize()
  }

  /// The row as a piece, or `nil` if any value has another type or the digest is wrong.
  private static func piece(_ row: Row) -> Piece? {
    guard let name = blob(row, 0), name.count == 32, let stage = text(row, 1), let file = text(row, 2),
      let size = integer(row, 3), let sha256 = blob(row, 4), sha256.count == 32, let rows = integer(row, 5),
      let tokens = integer(row, 6), let remarksText = text(row, 7), let digest = blob(row, 8),
      let remarks = remarksText.isEmpty
        ? Remarks(notices: [:], rejected: []) : try? JSONDecoder().decode(Remarks.self, from: Data(remarksText.utf8))
    else { return nil }
    let piece = Piece(
      fingerprint: Fingerprint(bytes: name), stage: stage, file: file,
      seal: FileSeal(size: size, fingerprint: Fingerprint(bytes: sha256)), rows: rows, tokens: tokens,
      rejected: remarks.rejected, notices: remarks.notices)
    return Self.digest(of: piece, remarksText).bytes == digest ? piece : nil
  }
}

private func blob(_ row: Row, _ column: Int) -> [UInt8]? {
  Data.fromDatabaseValue(row[column]).map { Array($0) }
}

private func text(_ row: Row, _ column: Int) -> String? { String.fromDatabaseValue(row[column]) }

private func integer(_ row: Row, _ column: Int) -> Int? { Int.fromDatabaseValue(row[column]) }
