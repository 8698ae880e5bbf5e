import Dataflow

/// Nodes written by hand, every value at a place of its own: `map("t.yaml", ["terms": .plain("5")])`.
extension ConfigNode {
  static func plain(_ text: String, line: Int = 1, column: Int = 1) -> ConfigNode {
    ConfigNode(
      .scalar(ConfigScalar(text: text, style: .plain)), at: SourceLocation(file: "t.yaml", line: line, column: column))
  }

  static func quoted(_ text: String) -> ConfigNode {
    .text(text, at: SourceLocation(file: "t.yaml", line: 1, column: 1))
  }

  static func untyped(_ text: String) -> ConfigNode {
    ConfigNode(.scalar(ConfigScalar(text: text, style: .untyped)), at: .commandLine("--set x"))
  }

  static func list(_ elements: ConfigNode...) -> ConfigNode {
    ConfigNode(.sequence(elements), at: SourceLocation(file: "t.yaml", line: 1, column: 1))
  }

  /// The n-th key stands on line n, its value at column 10.
  static func map(_ pairs: KeyValuePairs<String, ConfigNode>) -> ConfigNode {
    let entries = pairs.enumerated().map { index, pair in
      let value = ConfigNode(pair.value.content, at: SourceLocation(file: "t.yaml", line: index + 1, column: 10))
      return Entry(
        key: pair.key, keyLocation: SourceLocation(file: "t.yaml", line: index + 1, column: 1), value: value)
    }
    return ConfigNode(.mapping(entries), at: SourceLocation(file: "t.yaml", line: 1, column: 1))
  }
}

/// The line that reading a `T` fails with.
func failure<T: Decodable>(_ type: T.Type, _ node: ConfigNode, alsoKnown: [String] = []) -> String? {
  do {
    _ = try ConfigDecoder.decode(type, from: node, in: "stage `s`", alsoKnown: alsoKnown)
    return nil
  } catch {
    return "\(error)"
  }
}
