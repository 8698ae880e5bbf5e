package import Dataflow

/// Names and what a job binds to them, in the order of the file: the sections `inputs`, `models` and `parameters`.
package struct Bindings: Decodable, Sendable, Equatable {
  package let entries: [ConfigNode.Entry]

  package init(entries: [ConfigNode.Entry] = []) {
    self.entries = entries
  }

  package init(from decoder: any Decoder) throws {
    let node = try ConfigNode(from: decoder)
    guard let entries = node.mapping else {
      throw (decoder as? ConfigDecoder)?.mismatch("a mapping") ?? ConfigError(node.location, "must be a mapping")
    }
    for entry in entries where !StageDeclaration.isName(entry.key) {
      throw ConfigError(
        entry.keyLocation, "`\(shown(entry.key))` cannot be a name",
        hint: "use letters, digits, `-` and `_`, beginning with a letter")
    }
    self.entries = entries
  }

  package subscript(name: String) -> ConfigNode? {
    entries.first { $0.key == name }?.value
  }

  /// The same names with every value, a path or a list of paths, resolved.
  ///
  /// - Parameter section: the name of the section, for messages.
  /// - Throws: `ConfigError` at a value that is neither.
  func resolvingPaths(section: String) throws -> Bindings {
    Bindings(
      entries: try entries.map { entry in
        let paths = try ConfigDecoder.decode(
          ResourcePaths.self, from: entry.value, in: "the job", at: [section, entry.key])
        let nodes = paths.paths.map(\.node)
        let isList = entry.value.sequence != nil
        let value = isList ? ConfigNode(.sequence(nodes), at: entry.value.location) : nodes[0]
        return ConfigNode.Entry(key: entry.key, keyLocation: entry.keyLocation, value: value)
      })
  }
}
