package import Codecs
internal import Kernels

/// Finds and removes what no row speaks of, and rows that nobody needs.
package struct GarbageCollector {
  /// What was, or would be, removed.
  package struct Result: Sendable, Equatable {
    /// Paths relative to the work directory.
    package var files: [String] = []
    package var bytes = 0
    package var rows = 0
  }

  private let work: WorkDirectory

  package init(_ work: WorkDirectory) {
    self.work = work
  }

  /// Removes every piece whose fingerprint is not in `kept` or whose file is damaged, and every file that has no row.
  /// Reads all files that are kept.
  package func collect(keeping kept: Set<Fingerprint>) throws -> Result {
    var result = Result()
    let obsolete = work.pieces.filter { !kept.contains($0.fingerprint) || !isSound($0) }.map(\.fingerprint)
    try work.remove(obsolete)
    result.rows = obsolete.count
    for file in try strays() {
      let path = work.path + "/" + file
      result.bytes += try FileSystem.status(path)?.size ?? 0
      try FileSystem.removeTree(path)
      result.files.append(file)
    }
    try removeEmptyFolders()
    return result
  }

  private func isSound(_ piece: Piece) -> Bool { (try? FileSeal.measure(work.absolute(piece))) == piece.seal }

  /// Files of the work directory without a row, relative to it.
  package func strays() throws -> [String] {
    let known = Set(work.pieces.map(\.file))
    let ours = ["lock", "checkpoint.sqlite", "checkpoint.seal", "chunks", "spill"]
    var strays = try FileSystem.list(work.path).filter { !ours.contains($0) && !$0.hasPrefix("checkpoint.sqlite-") }
    for folder in try FileSystem.list(work.path + "/chunks") {
      let path = "chunks/" + folder
      guard try FileSystem.status(work.path + "/" + path)?.isDirectory == true else {
        strays.append(path)
        continue
      }
      strays += try FileSystem.list(work.path + "/" + path).map { path + "/" + $0 }.filter { !known.contains($0) }
    }
    return strays
  }

  private func removeEmptyFolders() throws {
    for folder in try FileSystem.list(work.path + "/chunks") {
      let path = work.path + "/chunks/" + folder
      if try FileSystem.list(path).isEmpty { try FileSystem.removeTree(path) }
    }
  }
}
