package import Dataflow
internal import Yams

/// Reads YAML 1.2 into a `ConfigNode`: one document, with keys that are texts.
///
/// Anchors, aliases, merge keys and tags are refused. A job needs none of them, `$name` does what an anchor would do, and
/// without aliases no small file can unfold into a large one ("billion laughs"). A file may have 1 MiB and 64 levels.
package struct YAMLReader {
  static let maximumBytes = 1 << 20
  static let maximumDepth = 64

  /// The name to print in errors.
  let file: String

  package init(file: String) {
    self.file = file
  }

  /// - Parameter bytes: the content of the file, UTF-8 with or without a byte order mark.
  /// - Returns: `nil` where there is nothing but white space and comments.
  /// - Throws: `ConfigError` with line and column.
  package func read(_ bytes: [UInt8]) throws -> ConfigNode? {
    let source = try YAMLSource(bytes, file: file)
    try YAMLStructure.check(source.text, file: file)
    // No resolver: a key `1` and a key `"1"` are the same key here. The parser must outlive the nodes, which hold their
    // anchors weakly.
    let parser: Yams.Parser
    let root: Yams.Node?
    do {
      parser = try Yams.Parser(yaml: source.text, resolver: Resolver.basic, encoding: .utf8)
      root = try parser.singleRoot()
    } catch let error as YamlError {
      throw source.configError(for: error)
    }
    return try withExtendedLifetime(parser) { try root.map { try convert($0, depth: 0) } }
  }

  private func convert(_ node: Yams.Node, depth: Int) throws -> ConfigNode {
    let location = location(of: node)
    guard depth < Self.maximumDepth else {
      throw ConfigError(location, "more than \(Self.maximumDepth) levels of nesting")
    }
    guard node.anchor == nil, node.alias == nil else {
      throw ConfigError(location, "anchors and aliases are not read", hint: "write the value out, or bind a `$name`")
    }
    switch node {
    case .scalar(let scalar):
      return ConfigNode(.scalar(try convert(scalar, at: location)), at: location)
    case .sequence(let sequence):
      try checkTag(sequence.tag, at: location)
      return ConfigNode(.sequence(try sequence.map { try convert($0, depth: depth + 1) }), at: location)
    case .mapping(let mapping):
      try checkTag(mapping.tag, at: location)
      return ConfigNode(.mapping(try mapping.map { try convert($0, $1, depth: depth) }), at: location)
    case .alias:
      throw ConfigError(location, "anchors and aliases are not read")
    }
  }

  private func convert(_ scalar: Yams.Node.Scalar, at location: SourceLocation) throws -> ConfigScalar {
    let isPlain = scalar.style == .plain || scalar.style == .any
    // A quoted scalar without a tag carries `str`; so does a plain one with `!!str` or `!`.
    if isPlain || scalar.tag.rawValue != Tag.Name.str.rawValue { try checkTag(scalar.tag, at: location) }
    return ConfigScalar(text: scalar.string, style: isPlain ? .plain : .quoted)
  }

  private func checkTag(_ tag: Tag, at location: SourceLocation) throws {
    guard tag.rawValue != Tag.Name.implicit.rawValue else { return }
    throw ConfigError(location, "tags are not read", hint: "quote what should be a text")
  }

  private func convert(_ key: Yams.Node, _ value: Yams.Node, depth: Int) throws -> ConfigNode.Entry {
    // Looking for duplicates has given every plain key the tag `str`, so only its being a scalar is checked here.
    let location = location(of: key)
    guard let yaml = key.scalar, yaml.anchor == nil else {
      throw ConfigError(location, "a key must be a text without an anchor, not a list or a mapping")
    }
    let isPlain = yaml.style == .plain || yaml.style == .any
    let scalar = ConfigScalar(text: yaml.string, style: isPlain ? .plain : .quoted)
    if scalar.style == .plain, scalar.text == "<<" {
      throw ConfigError(location, "merge keys are not read", hint: "write the values out")
    }
    guard let name = scalar.asText else {
      let hint = scalar.text.isEmpty ? nil : "write \"\(shown(scalar.text))\""
      throw ConfigError(location, "a key must be a text, not \(scalar.summary)", hint: hint)
    }
    return ConfigNode.Entry(
      key: name, keyLocation: location, value: try convert(value, depth: depth + 1))
  }

  private func location(of node: Yams.Node) -> SourceLocation {
    SourceLocation(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
  }
}
