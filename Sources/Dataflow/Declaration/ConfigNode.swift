/// A tree of configuration in which every value and every key knows where it was written.
///
/// It says nothing of the syntax it was read from: `Jobs` makes it from YAML, tests make it by hand. Scalars keep their
/// text, and `ConfigScalar.resolved` says what the text means, so that no information is lost before a type is asked for.
package struct ConfigNode: Sendable, Equatable {
  package enum Content: Sendable, Equatable {
    case scalar(ConfigScalar)
    case sequence([ConfigNode])
    /// In the order of the file. Keys are unique; the reader refuses duplicates.
    case mapping([Entry])
  }

  package struct Entry: Sendable, Equatable {
    package let key: String
    package let keyLocation: SourceLocation
    package var value: ConfigNode

    package init(key: String, keyLocation: SourceLocation, value: ConfigNode) {
      self.key = key
      self.keyLocation = keyLocation
      self.value = value
    }
  }

  package var content: Content
  package let location: SourceLocation

  package init(_ content: Content, at location: SourceLocation) {
    self.content = content
    self.location = location
  }

  /// A text that is a text whatever it looks like.
  package static func text(_ text: String, at location: SourceLocation) -> ConfigNode {
    ConfigNode(.scalar(ConfigScalar(text: text, style: .quoted)), at: location)
  }
}

extension ConfigNode {
  package var scalar: ConfigScalar? {
    if case .scalar(let scalar) = content { scalar } else { nil }
  }

  package var sequence: [ConfigNode]? {
    if case .sequence(let elements) = content { elements } else { nil }
  }

  package var mapping: [Entry]? {
    if case .mapping(let entries) = content { entries } else { nil }
  }

  /// The keys in the order of the file; empty for a scalar or a sequence.
  package var keys: [String] {
    mapping?.map(\.key) ?? []
  }

  package var isNull: Bool {
    scalar?.resolved == .null
  }

  package func entry(_ key: String) -> Entry? {
    mapping?.first { $0.key == key }
  }

  package subscript(key: String) -> ConfigNode? {
    entry(key)?.value
  }

  /// The value under `path`, or `nil` where a key is missing or a value on the way is no mapping.
  package func node(at path: some Collection<String>) -> ConfigNode? {
    guard let key = path.first else { return self }
    return self[key]?.node(at: path.dropFirst())
  }

  /// The mapping without the entries under `keys`; anything else unchanged.
  package func removing(_ keys: some Collection<String>) -> ConfigNode {
    guard let entries = mapping else { return self }
    return ConfigNode(.mapping(entries.filter { !keys.contains($0.key) }), at: location)
  }

  /// The same tree with every location replaced.
  package func relocated(to location: SourceLocation) -> ConfigNode {
    switch content {
    case .scalar:
      return ConfigNode(content, at: location)
    case .sequence(let elements):
      return ConfigNode(.sequence(elements.map { $0.relocated(to: location) }), at: location)
    case .mapping(let entries):
      let moved = entries.map { Entry(key: $0.key, keyLocation: location, value: $0.value.relocated(to: location)) }
      return ConfigNode(.mapping(moved), at: location)
    }
  }

  /// The tree with `value` under `path`, replacing what is there; mappings that are missing on the way are made.
  ///
  /// - Throws: `ConfigError` at `value`'s location where something on the way is a scalar or a sequence.
  package func replacing(_ path: some Collection<String>, with value: ConfigNode) throws -> ConfigNode {
    try replacing(Array(path), from: 0, with: value)
  }

  private func replacing(_ path: [String], from depth: Int, with value: ConfigNode) throws -> ConfigNode {
    guard depth < path.count else { return value }
    guard var entries = isNull ? [] : mapping else {
      let parent = path[..<depth].joined(separator: ".")
      throw ConfigError(value.location, "`\(parent)` is \(summary), so it has no key `\(path[depth])`")
    }
    let empty = ConfigNode(.mapping([]), at: value.location)
    let old = self[path[depth]] ?? empty
    let new = try old.replacing(path, from: depth + 1, with: value)
    let entry = Entry(key: path[depth], keyLocation: value.location, value: new)
    if let index = entries.firstIndex(where: { $0.key == path[depth] }) {
      entries[index] = entry
    } else {
      entries.append(entry)
    }
    return ConfigNode(.mapping(entries), at: location)
  }

  /// What the value is, for a message: `the number 5`, `the text "abc"`, `a list`.
  package var summary: String {
    switch content {
    case .scalar(let scalar): scalar.summary
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }
}
