internal import Dataflow

/// Replaces `${NAME}` by the environment and, in a pipeline file, `$name` by what the job binds to it.
///
/// Both happen in a tree that has been parsed, in scalars and never in keys: no value can change the structure of a file.
///
/// | written                | becomes |
/// |------------------------|---------|
/// | `${NAME}`              | the variable; an error if it is not set |
/// | `${NAME:-default}`     | the variable, or `default` if it is not set or empty |
/// | `${NAME:?message}`     | the variable, or an error with `message` if it is not set or empty |
/// | `$${`                  | `${` |
/// | `$name` (whole scalar) | in a pipeline file the bound value, with its type and its location |
/// | `$$name` (at the start) | `$name` |
///
/// A scalar that is all one `${...}` may be a number or a text, as the parameter wants, even if it has quotes: within
/// `{...}` and `[...]` YAML cannot do without them. Replacements are not read again.
struct Interpolation {
  let environment: [String: String]
  /// What `$name` may stand for; `nil` where there are no references, as in a job file.
  var bindings: [String: ConfigNode]?
  /// The names that were used.
  private(set) var used: Set<String> = []
  /// The variables of the environment that were asked for and are set, with their values: what another process must
  /// have to read the same.
  private(set) var variables: [String: String] = [:]

  init(environment: [String: String], bindings: [String: ConfigNode]? = nil) {
    self.environment = environment
    self.bindings = bindings
  }

  /// - Throws: `ConfigError` at the scalar that cannot be replaced.
  mutating func apply(to node: ConfigNode) throws -> ConfigNode {
    switch node.content {
    case .scalar(let scalar):
      return try apply(to: scalar, at: node.location)
    case .sequence(let elements):
      var replaced: [ConfigNode] = []
      for element in elements { replaced.append(try apply(to: element)) }
      return ConfigNode(.sequence(replaced), at: node.location)
    case .mapping(var entries):
      for index in entries.indices { entries[index].value = try apply(to: entries[index].value) }
      return ConfigNode(.mapping(entries), at: node.location)
    }
  }

  private mutating func apply(to scalar: ConfigScalar, at location: SourceLocation) throws -> ConfigNode {
    guard scalar.text.utf8.contains(UInt8(ascii: "$")) else { return ConfigNode(.scalar(scalar), at: location) }
    if let name = Self.referencedName(scalar.text) { return try resolve(name, in: scalar.text, at: location) }
    let escaped = scalar.text.hasPrefix("$$") && Self.referencedName(String(scalar.text.dropFirst())) != nil
    let source = escaped ? String(scalar.text.dropFirst()) : scalar.text
    let result = try Template(source, at: location).filled(from: environment)
    variables.merge(result.variables) { $1 }
    let keepsQuotes = scalar.style == .quoted && !result.isOneVariable
    let style = result.isPlain ? scalar.style : keepsQuotes ? .quoted : .untyped
    return ConfigNode(.scalar(ConfigScalar(text: result.text, style: style)), at: location)
  }

  private mutating func resolve(_ name: String, in text: String, at location: SourceLocation) throws -> ConfigNode {
    guard let bindings else {
      throw ConfigError(
        location, "`$\(name)` is not replaced here",
        hint: "write ${\(name)} for the environment, $$\(name) for the text")
    }
    guard text.utf8.count == name.utf8.count + 1 else {
      throw ConfigError(
        location, "`$\(name)` must be the whole value, not a part of \"\(shown(text))\"",
        hint: "bind the whole value in the job")
    }
    guard let node = bindings[name] else {
      let near = Suggestion.nearest(to: name, among: bindings.keys.sorted())
      let hint = near.map { "did you mean `$\($0)`, bound at \(bindings[$0]?.location.description ?? "")?" }
      throw ConfigError(
        location, "the job binds no `$\(name)`", hint: hint ?? "add it to `inputs`, `models` or `parameters`")
    }
    used.insert(name)
    return node
  }

  /// `collection` of `$collection` and of `$collection/more`; `nil` where the text does not begin with a reference.
  private static func referencedName(_ text: String) -> String? {
    guard text.hasPrefix("$") else { return nil }
    let name = text.utf8.dropFirst().prefix { byte in
      StageDeclaration.isName(String(decoding: [UInt8(ascii: "a"), byte], as: UTF8.self))
    }
    let text = String(decoding: Array(name), as: UTF8.self)
    return StageDeclaration.isName(text) ? text : nil
  }
}
