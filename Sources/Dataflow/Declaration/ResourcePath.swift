internal import Foundation

/// A path in a job or pipeline file: to a collection, a model, an output.
///
/// It is relative to the folder of the file in which it is written; on the command line, to the working directory. `path`
/// is ready to be opened: absolute, or relative to the working directory. It encodes as `null`, because where a resource
/// lies is no part of a fingerprint: its content's digest is.
package struct ResourcePath: Hashable, Sendable, CustomStringConvertible {
  package let path: String
  package let location: SourceLocation

  package init(path: String, location: SourceLocation) {
    self.path = path
    self.location = location
  }

  /// Resolves the text of `node`, unless that has been done already (`ConfigScalar.Style.path`).
  ///
  /// - Returns: `nil` for anything but a text of at least one character, none of them NUL.
  package init?(_ node: ConfigNode) {
    guard let scalar = node.scalar, let text = scalar.asText, !text.isEmpty, !text.utf8.contains(0) else { return nil }
    let isResolved = scalar.style == .path || node.location.isCommandLine
    path = isResolved ? text : Self.resolve(text, from: Self.folder(of: node.location.file))
    location = node.location
  }

  package var description: String { path }

  /// The node that stands for this path wherever it is put.
  package var node: ConfigNode {
    ConfigNode(.scalar(ConfigScalar(text: path, style: .path)), at: location)
  }

  /// The folder of `file`: `jobs` of `jobs/x.yaml`, the empty text of `x.yaml`, `/` of `/x.yaml`.
  package static func folder(of file: String) -> String {
    guard let slash = file.lastIndex(of: "/") else { return "" }
    let folder = file[..<slash]
    return folder.isEmpty ? "/" : String(folder)
  }

  /// `path` seen from where `folder` is seen from: `jobs` and `../data` give `data`. A `..` after a symbolic link stays,
  /// because the folder above a link's target is not the folder above the link.
  package static func resolve(_ path: String, from folder: String) -> String {
    if path.hasPrefix("/") || folder.isEmpty { return path }
    var base = folder.split(separator: "/", omittingEmptySubsequences: true).filter { $0 != "." }
    var rest = path.split(separator: "/", omittingEmptySubsequences: true)[...]
    let root = folder.hasPrefix("/") ? "/" : ""
    while let first = rest.first, first == "." || first == ".." && isFolder(base, below: root) {
      if first == ".." { base.removeLast() }
      rest.removeFirst()
    }
    let joined = root + (base + rest).joined(separator: "/")
    return joined.isEmpty ? "." : joined
  }

  /// Whether the last of `components` is a name that `..` undoes.
  private static func isFolder(_ components: [Substring], below root: String) -> Bool {
    guard let last = components.last, last != ".." else { return false }
    let path = root + components.joined(separator: "/")
    return (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) == nil
  }
}

extension ResourcePath: Codable {
  package init(from decoder: any Decoder) throws {
    guard let config = decoder as? ConfigDecoder else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "a path can only be read from a configuration"))
    }
    guard let path = ResourcePath(config.node) else { throw config.mismatch("a path") }
    self = path
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encodeNil()
  }
}

/// One path, or a list of paths.
package struct ResourcePaths: Hashable, Sendable {
  /// At least one.
  package let paths: [ResourcePath]

  package init(paths: [ResourcePath]) {
    self.paths = paths
  }
}

extension ResourcePaths: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let config = decoder as? ConfigDecoder, config.node.sequence != nil else {
      paths = [try container.decode(ResourcePath.self)]
      return
    }
    paths = try container.decode([ResourcePath].self)
    if paths.isEmpty { throw config.failure("must name at least one file") }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encodeNil()
  }
}
