internal import Kernels

/// The names that a generation's folder must hold, no more and no less.
struct GenerationContent {
  private let manifest: Manifest

  init(_ manifest: Manifest) { self.manifest = manifest }

  /// A name in the folder that does not belong there, or one that is missing.
  enum Difference: Equatable {
    case stray(String)
    case missing(String)
    /// Not the plain file or folder that it should be.
    case wrongType(String)

    var path: String {
      switch self {
      case .stray(let path), .missing(let path), .wrongType(let path): path
      }
    }
  }

  /// Compares the folder with the manifest; paths are relative to the folder.
  func differences(in folder: String) throws -> [Difference] {
    let shards = Dictionary(uniqueKeysWithValues: manifest.shards.map { ($0.name, $0.files.map(\.name)) })
    var result = try compare(
      folder, "", files: manifest.files.map(\.name) + [Manifest.fileName], folders: manifest.shards.map(\.name))
    for (name, files) in shards.sorted(by: { $0.key < $1.key }) where isDirectory("\(folder)/\(name)") {
      result += try compare("\(folder)/\(name)", "\(name)/", files: files, folders: [])
    }
    return result
  }

  private func compare(
    _ folder: String, _ prefix: String, files: [String], folders: [String]
  ) throws -> [Difference] {
    let names = try FileSystem.list(folder)
    let (files, folders) = (Set(files.map(Name.init)), Set(folders.map(Name.init)))
    let present = Set(names.map(Name.init))
    var result: [Difference] = []
    for name in names {
      let path = "\(folder)/\(name)"
      if files.contains(Name(name)) {
        if !isRegular(path) { result.append(.wrongType(prefix + name)) }
      } else if folders.contains(Name(name)) {
        if !isDirectory(path) { result.append(.wrongType(prefix + name)) }
      } else {
        result.append(.stray(prefix + name))
      }
    }
    let absent = files.union(folders).subtracting(present).map(\.text)
    return result + absent.sorted().map { .missing(prefix + $0) }
  }

  /// A name compared as bytes.
  private struct Name: Hashable {
    let text: String
    init(_ text: String) { self.text = text }
    static func == (left: Name, right: Name) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }
    func hash(into hasher: inout Hasher) { for byte in text.utf8 { hasher.combine(byte) } }
  }

  private func isRegular(_ path: String) -> Bool {
    FileSystem.linkTarget(path) == nil && ((try? FileSystem.status(path)) ?? nil)?.isRegular == true
  }

  private func isDirectory(_ path: String) -> Bool {
    FileSystem.linkTarget(path) == nil && ((try? FileSystem.status(path)) ?? nil)?.isDirectory == true
  }

  /// Makes a building folder hold exactly what the manifest lists, but for the manifest: removes the rest, checks
  /// sizes, and makes the names durable. Throws `IndexError.incomplete`.
  func settle(_ folder: String) throws {
    for difference in try differences(in: folder) where difference.path != Manifest.fileName {
      guard case .stray(let path) = difference else {
        throw IndexError.incomplete(path: folder, detail: "`\(difference.path)` is missing or not a plain file")
      }
      try FileSystem.removeTree("\(folder)/\(path)")
    }
    for file in manifest.allFiles {
      let size = try FileSystem.status("\(folder)/\(file.path)")?.size
      guard size == file.seal.size else {
        throw IndexError.incomplete(path: folder, detail: "`\(file.path)` has not the \(file.seal.size) bytes listed")
      }
    }
    for shard in manifest.shards { try FileSystem.synchronizeDirectory("\(folder)/\(shard.name)") }
    try FileSystem.synchronizeDirectory(folder)
  }
}
