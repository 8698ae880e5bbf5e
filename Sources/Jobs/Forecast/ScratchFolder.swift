internal import Foundation
internal import Kernels

/// A folder for what is thrown away; it goes with the object.
final class ScratchFolder {
  let path: String
  /// Held as long as the folder is used.
  private let lock: FileLock

  private static let prefix = ".forecast-"

  /// The folder at `path`, emptied.
  init(at path: String) throws {
    self.path = path
    try FileSystem.removeTree(path)
    try FileSystem.createDirectories(path)
    lock = try FileLock(path + "/lock")
  }

  /// A new folder beside `work`, or in the nearest folder above it that is there, so that it is on the same disk; where
  /// nothing may be written there, among temporary files. Removes those of processes that were killed.
  static func near(_ work: String) throws -> ScratchFolder {
    let above = Preflight.existing(FileSystem.directory(of: work))
    for name in (try? FileSystem.list(above)) ?? [] where name.hasPrefix(prefix) {
      if (try? FileLock("\(above)/\(name)/lock")) != nil { try? FileSystem.removeTree("\(above)/\(name)") }
    }
    let name = prefix + UUID().uuidString
    do {
      return try ScratchFolder(at: "\(above)/\(name)")
    } catch is FileError {
      return try ScratchFolder(at: "\(FileManager.default.temporaryDirectory.path)/\(name)")
    }
  }

  deinit { try? FileSystem.removeTree(path) }
}
