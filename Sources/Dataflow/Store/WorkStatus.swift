internal import Codecs
internal import FoundationEssentials
internal import Kernels

/// What a work directory holds, read without taking its lock or writing: safe while a run is at it, or about to be.
package struct WorkStatus: Sendable, Codable {
  package struct Stage: Sendable, Codable {
    package let name: String
    package let pieces: Int
    package let bytes: Int
    package let rows: Int
  }

  package let path: String
  package let isRunning: Bool
  /// Who holds the lock.
  package let holder: String?
  package let stages: [Stage]
  /// Records in quarantine.
  package let rejected: Int
  /// Of the last pass that ran or runs.
  package let progress: RunProgress?

  /// Throws `FileError` where there is no work directory, `FormatError` for a damaged checkpoint.
  package init(reading path: String) throws {
    let file = path + "/checkpoint.sqlite"
    guard FileSystem.exists(file) else { throw FileError("open", file, code: 2) }
    let database = try CheckpointDatabase(file, readOnly: true)
    let pieces = try database.pieces().pieces
    let notes = try database.notes().notes
    try database.close()
    self.path = path
    stages = Dictionary(grouping: pieces, by: \.stage).map { name, pieces in
      Stage(
        name: name, pieces: pieces.count, bytes: pieces.reduce(0) { $0 + $1.seal.size },
        rows: pieces.reduce(0) { $0 + $1.rows })
    }.sorted { $0.name < $1.name }
    // A piece has the rejections of its stage and of all those before it in its chunk: the last stage has them all.
    rejected =
      Dictionary(grouping: pieces, by: \.stage).values.map {
        $0.reduce(0) { $0 + $1.rejected.reduce(0) { $0 + $1.count } }
      }.max() ?? 0
    progress = notes["progress"].flatMap { try? JSONDecoder().decode(RunProgress.self, from: Data($0.utf8)) }
    holder = try FileLock.holder(path + "/lock")
    isRunning = holder != nil
  }
}
