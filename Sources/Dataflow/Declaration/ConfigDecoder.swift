/// Reads a `Decodable` type from a `ConfigNode`, strictly, with every error at its line and column.
///
/// - A key that the type never asks for is an error with a suggestion; so is a required key that is missing.
/// - Numbers, booleans and texts are what YAML 1.2's core schema says: `yes` is a text, `8` is no text, `8.0` is no
///   whole number, and a whole number must fit its type.
/// - An enum with text values (`CaseIterable`, `RawRepresentable`) lists what it allows.
/// - A type that is `DefaultedParameters` takes what the file omits from its `init()`.
/// - A type that is `CheckedParameters` says what is wrong with values that have the right type.
///
/// One decoder reads one node; nested values get decoders of their own. Not `Sendable`, lives for one `decode`.
package final class ConfigDecoder: Decoder {
  package let node: ConfigNode
  package let codingPath: [any CodingKey]
  /// `folder`: what relative paths of the node are relative to; absent for the working directory.
  package var userInfo: [CodingUserInfoKey: Any] {
    let folder = node.location.isCommandLine ? "" : ResourcePath.folder(of: node.location.file)
    return folder.isEmpty ? [:] : [CodingUserInfoKey(rawValue: "folder")!: folder]
  }
  /// What is being read, for messages: ``stage `expanded` ``, `the job`.
  let context: String
  /// Keys that are right in this place and that somebody else reads.
  private let alsoKnown: [String]
  /// Where the values of omitted keys come from.
  private var defaults: ConfigNode?
  private var asked: [String] = []
  private var isKeyed = false
  private var parts: [ConfigDecoder] = []

  init(_ node: ConfigNode, path: [any CodingKey], context: String, alsoKnown: [String] = []) {
    self.node = node
    codingPath = path
    self.context = context
    self.alsoKnown = alsoKnown
  }

  /// Reads a `T` from `node`.
  ///
  /// - Parameters:
  ///   - context: what the node is a part of, for messages: ``stage `expanded` ``, `the job`.
  ///   - path: the keys that lead from there to the node; none if the node is the whole.
  ///   - alsoKnown: keys to offer as suggestions besides those that `T` asks for.
  /// - Throws: `ConfigError` at the node that is wrong.
  package static func decode<T: Decodable>(
    _ type: T.Type = T.self, from node: ConfigNode, in context: String, at path: [String] = [],
    alsoKnown: [String] = []
  ) throws -> T {
    try ConfigDecoder(node, path: path.map { ConfigKey($0) }, context: context, alsoKnown: alsoKnown).value()
  }

  /// The whole node as a `T`.
  func value<T: Decodable>(_ type: T.Type = T.self) throws -> T {
    if let primitive = try primitive(type) { return primitive }
    try checkAllowedTexts(type)
    try overlayDefaults(type)
    let value: T
    do {
      value = try T(from: self)
    } catch let error as DecodingError {
      throw located(error)
    }
    try finish()
    try check(value)
    return value
  }

  package func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard node.mapping != nil || node.isNull && defaults != nil else { throw mismatch("a mapping") }
    isKeyed = true
    return KeyedDecodingContainer(ConfigKeyedContainer<Key>(decoder: self))
  }

  package func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard let elements = node.sequence else { throw mismatch("a list") }
    return ConfigListContainer(decoder: self, elements: elements)
  }

  package func singleValueContainer() throws -> any SingleValueDecodingContainer {
    ConfigValueContainer(decoder: self)
  }
}

// MARK: Keys

extension ConfigDecoder {
  /// The value under `key`, from the file or else from the defaults, and the fact that it was asked for.
  func lookUp(_ key: String) -> ConfigNode? {
    if !asked.contains(key) { asked.append(key) }
    return node[key] ?? defaults?[key]
  }

  /// The keys that the file gives, then those that only the defaults have.
  var allKeys: [String] {
    node.keys + (defaults?.keys ?? []).filter { node[$0] == nil }
  }

  /// The decoder of a part of this node, for a value that is decoded as a whole.
  func part(_ node: ConfigNode, at key: any CodingKey) -> ConfigDecoder {
    ConfigDecoder(node, path: codingPath + [key], context: context)
  }

  /// `part`, read key by key by the type of this node, and so finished together with it.
  func opened(_ part: ConfigDecoder) -> ConfigDecoder {
    parts.append(part)
    return part
  }

  /// The error for `key`, which the type needs and the file lacks. A key that looks like it is the likelier mistake.
  func missing(_ key: any CodingKey, isKnown: (String) -> Bool) -> ConfigError {
    let name = key.stringValue
    let strange = (node.mapping ?? []).filter { !isKnown($0.key) && !alsoKnown.contains($0.key) }
    if let near = Suggestion.nearest(to: name, among: strange.map(\.key)), let entry = node.entry(near) {
      return ConfigError(
        entry.keyLocation, "unknown key `\(shown(near))` in \(place)", hint: "did you mean `\(name)`?")
    }
    return ConfigError(node.location, "missing key `\(name)` in \(place)")
  }

  /// Refuses keys that nobody asked for.
  private func finish() throws {
    for part in parts { try part.finish() }
    guard isKeyed, let entries = node.mapping else { return }
    for entry in entries where !asked.contains(entry.key) {
      throw ConfigError(
        entry.keyLocation, "unknown key `\(shown(entry.key))` in \(place)", hint: hint(for: entry.key))
    }
  }

  /// What an unknown key may mean. A key that the file lacks is likelier than one that it has.
  private func hint(for key: String) -> String? {
    let known = asked + alsoKnown
    let byLikelihood = known.filter { node[$0] == nil } + known.filter { node[$0] != nil }
    if let near = Suggestion.hint(for: key, among: byLikelihood) { return near }
    return known.isEmpty || known.count > 16 ? nil : "expected \(known.count == 1 ? "" : "one of ")\(listed(known))"
  }
}

// MARK: Messages

extension ConfigDecoder {
  /// This node for the end of a sentence: ``stage `expanded` ``, `` `budget` of the job``.
  var place: String {
    codingPath.isEmpty ? context : "`\(shown(pathText))` of \(context)"
  }

  /// This node for the start of a sentence: `` `terms` in stage `expanded` ``.
  private var subject: String {
    codingPath.isEmpty ? context : "`\(shown(pathText))` in \(context)"
  }

  /// `evaluate.measures[2]`
  private var pathText: String {
    var text = ""
    for key in codingPath {
      if let index = key.intValue, key is ConfigIndex {
        text += "[\(index)]"
      } else {
        text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
      }
    }
    return text
  }

  /// The error of a node that is not what `expected` says, such as `a whole number`.
  package func mismatch(_ expected: String, hint: String? = nil) -> ConfigError {
    ConfigError(node.location, "\(subject) must be \(expected), not \(node.summary)", hint: hint)
  }

  /// An error at this node: `problem` goes on after the node's name, such as `must be at least 1`.
  package func failure(_ problem: String, hint: String? = nil) -> ConfigError {
    ConfigError(node.location, "\(subject) \(problem)", hint: hint)
  }

  /// What a type's own `init(from:)` threw, at the node it threw it for.
  private func located(_ error: DecodingError) -> ConfigError {
    let context: DecodingError.Context
    switch error {
    case .typeMismatch(_, let found), .valueNotFound(_, let found), .keyNotFound(_, let found),
      .dataCorrupted(let found):
      context = found
    @unknown default:
      return failure("cannot be read: \(error)")
    }
    var part = self
    for key in context.codingPath.dropFirst(codingPath.count) {
      guard let node = key.intValue.flatMap({ part.node.sequence?[safe: $0] }) ?? part.node[key.stringValue] else {
        break
      }
      part = ConfigDecoder(node, path: part.codingPath + [key], context: self.context)
    }
    return part.failure(context.debugDescription)
  }
}

extension Array {
  fileprivate subscript(safe index: Int) -> Element? {
    indices.contains(index) ? self[index] : nil
  }
}

// MARK: Defaults, checks

extension ConfigDecoder {
  private func overlayDefaults<T>(_ type: T.Type) throws {
    guard let type = type as? any DefaultedParameters.Type else { return }
    defaults = ConfigNode(try CanonicalEncoder.value(of: type.init()), at: node.location)
  }

  private func check<T>(_ value: T) throws {
    guard let problem = (value as? any CheckedParameters)?.problem else { return }
    guard let part = node[problem.key] else { throw failure("\(problem.key) \(problem.message)") }
    throw ConfigDecoder(part, path: codingPath + [ConfigKey(problem.key)], context: context).failure(problem.message)
  }

  private func checkAllowedTexts<T>(_ type: T.Type) throws {
    guard let allowed = Self.texts(allowedBy: type) else { return }
    guard let text = node.scalar?.asText else { throw mismatch("one of \(listed(allowed))") }
    guard !allowed.contains(text) else { return }
    throw mismatch("one of \(listed(allowed))", hint: Suggestion.hint(for: text, among: allowed))
  }

  /// What the values of an enum with text values are called; `nil` for other types.
  static func texts<T>(allowedBy type: T.Type) -> [String]? {
    (type as? any (CaseIterable & RawRepresentable).Type).flatMap { texts(of: $0) }
  }

  private static func texts<E: CaseIterable & RawRepresentable>(of type: E.Type) -> [String]? {
    type.allCases.map(\.rawValue) as? [String]
  }
}
