internal import Dataflow
internal import Foundation

/// Reads a job or pipeline file from disk.
enum ConfigFile {
  /// The tree in the file at `path`, whose root is a mapping.
  ///
  /// - Parameter reason: where `path` was asked for, if it was in a file; errors of the file system are told there.
  /// - Throws: `ConfigError`: `noInput` where the file cannot be read, `configuration` where it is not what it should be.
  static func read(_ path: String, for reason: SourceLocation? = nil) throws -> ConfigNode {
    let bytes = try content(path, for: reason)
    let root = try YAMLReader(file: path).read(bytes)
    guard let root, !root.isNull else {
      throw ConfigError(SourceLocation(file: path, line: 1, column: 1), "the file is empty")
    }
    guard root.mapping != nil else {
      throw ConfigError(root.location, "the file must hold a mapping, not \(root.summary)")
    }
    return root
  }

  private static func content(_ path: String, for reason: SourceLocation?) throws -> [UInt8] {
    func failure(_ problem: String, hint: String? = nil) -> ConfigError {
      guard let reason else {
        return ConfigError(SourceLocation(file: shown(path, limit: 4096)), problem, hint: hint, exitCode: .noInput)
      }
      return ConfigError(reason, "\(shown(path, limit: 4096)): \(problem)", hint: hint, exitCode: .noInput)
    }
    guard !path.isEmpty, FileManager.default.fileExists(atPath: path) else {
      throw failure("no such file", hint: neighbour(of: path))
    }
    // Resolved, because the attributes are those of a link itself.
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    switch try? FileManager.default.attributesOfItem(atPath: target)[.type] as? FileAttributeType {
    case .typeRegular?: break
    case .typeDirectory?: throw failure("is a folder", hint: "name a file in it")
    default: throw failure("is not a regular file")
    }
    do {
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      return Array(try handle.read(upToCount: YAMLReader.maximumBytes + 1) ?? Data())
    } catch {
      throw failure("cannot be read", hint: "check its permissions")
    }
  }

  /// A file beside `path` whose name is nearly the same.
  private static func neighbour(of path: String) -> String? {
    let folder = ResourcePath.folder(of: path)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    return Suggestion.hint(for: name, among: names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted())
  }
}
