internal import Kernels

/// A finished generation that a path of the command line leads to.
package struct IndexLocation: Sendable, Hashable {
  /// The index that the generation belongs to; `nil` for a generation's folder that was copied elsewhere.
  package let index: IndexFolder?
  /// The generation's own folder: it stays the same when another one is published, so a reader that opens all its files
  /// below it never sees a mixture.
  package let path: String

  /// Takes a generation's folder, an index (`INDEX/current`), or an output folder with `index/` in it.
  /// Throws `IndexError` with exit code 66 for anything else, `FormatError` for a broken `current`.
  package static func resolve(_ path: String) throws -> IndexLocation {
    let path = trimmed(path)
    guard let status = try FileSystem.status(path) else {
      // A dangling link `INDEX/current` is there, but its target is not.
      if FileSystem.linkTarget(path) != nil {
        _ = try IndexFolder(FileSystem.directory(of: path)).current()
      }
      throw IndexError.notAnIndex(path: path, detail: "there is no such folder")
    }
    guard status.isDirectory else {
      throw IndexError.notAnIndex(path: path, detail: "it is a file; give the folder of an index")
    }
    if FileSystem.linkTarget(path) != nil, FileSystem.lastComponent(of: path) == "current" {
      let index = IndexFolder(FileSystem.directory(of: path))
      if let current = try index.current() { return IndexLocation(index: index, path: current.path) }
    }
    if FileSystem.exists("\(path)/\(Manifest.fileName)") { return generation(path) }
    guard let index = try index(path) else {
      throw IndexError.notAnIndex(
        path: path, detail: "it has neither `current`, nor `index/current`, nor `\(Manifest.fileName)`")
    }
    guard let current = try index.current() else { throw IndexError.nothingPublished(path: index.path) }
    return IndexLocation(index: index, path: current.path)
  }

  /// The index at a path or in its `index/`, published or not; `nil` if there is none.
  package static func index(_ path: String) throws -> IndexFolder? {
    for candidate in [trimmed(path), trimmed(path) + "/index"] {
      let index = IndexFolder(candidate)
      if FileSystem.linkTarget(index.linkPath) != nil || FileSystem.exists(index.generationsPath) { return index }
    }
    return nil
  }

  private static func generation(_ path: String) -> IndexLocation {
    let parent = FileSystem.directory(of: path)
    let known = Generation.number(FileSystem.lastComponent(of: path)) != nil
    let inside = known && FileSystem.lastComponent(of: parent) == "generations"
    return IndexLocation(index: inside ? IndexFolder(FileSystem.directory(of: parent)) : nil, path: path)
  }

  private static func trimmed(_ path: String) -> String {
    var path = path
    while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }
}
