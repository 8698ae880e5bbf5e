internal import Dataflow

/// A text with `${NAME}` in it.
struct Template {
  struct Filled {
    var text = ""
    /// Whether nothing came from the environment.
    var isPlain = true
    /// Whether the text was one `${...}` and nothing else.
    var isOneVariable = false
    /// The variables that were asked for and are set.
    var variables: [String: String] = [:]
  }

  private let source: [Unicode.Scalar]
  private let location: SourceLocation

  init(_ text: String, at location: SourceLocation) {
    source = Array(text.unicodeScalars)
    self.location = location
  }

  /// - Throws: `ConfigError` for a variable that is not set and for `${` without an end or a name.
  func filled(from environment: [String: String]) throws -> Filled {
    var filled = Filled()
    var rest = source[...]
    while let scalar = rest.first {
      if rest.starts(with: "$${".unicodeScalars) {
        filled.text += "${"
        rest.removeFirst(3)
      } else if rest.starts(with: "${".unicodeScalars) {
        let end = try end(of: rest)
        let variable = try self.variable(rest[(rest.startIndex + 2)..<end], in: environment)
        filled.text += variable.value
        filled.variables[variable.name] = environment[variable.name]
        filled.isPlain = false
        filled.isOneVariable = rest.startIndex == source.startIndex && end == source.endIndex - 1
        rest = rest[(end + 1)...]
      } else {
        filled.text.unicodeScalars.append(scalar)
        rest.removeFirst()
      }
    }
    return filled
  }

  /// The place of the `}` that ends the variable at the start of `rest`.
  private func end(of rest: ArraySlice<Unicode.Scalar>) throws -> Int {
    guard let end = rest.firstIndex(of: "}") else {
      throw ConfigError(location, "`${` without `}`", hint: "write $${ for the text")
    }
    return end
  }

  /// What stands between `${` and `}`: the variable's name, and what takes the place of all of it.
  private func variable(
    _ body: ArraySlice<Unicode.Scalar>, in environment: [String: String]
  ) throws -> (name: String, value: String) {
    let name = Self.string(body.prefix { $0 == "_" || $0.isASCII && $0.properties.isAlphabetic || Self.isDigit($0) })
    let rest = Self.string(body.dropFirst(name.unicodeScalars.count))
    let forms = "expected ${NAME}, ${NAME:-default} or ${NAME:?message}"
    guard let first = name.unicodeScalars.first, !Self.isDigit(first) else {
      throw ConfigError(location, "`${\(shown(Self.string(body)))}` does not begin with a name", hint: forms)
    }
    guard rest.isEmpty || rest.hasPrefix(":-") || rest.hasPrefix(":?") else {
      throw ConfigError(location, "`${\(shown(Self.string(body)))}` is not understood", hint: forms)
    }
    guard !rest.contains("${") else {
      throw ConfigError(
        location, "`${` within `${\(name)` is not understood", hint: "a default is a text as it stands")
    }
    let value = environment[name]
    if let value, rest.isEmpty || !value.isEmpty { return (name, value) }
    if rest.hasPrefix(":-") { return (name, String(rest.dropFirst(2))) }
    throw notSet(name, message: rest.dropFirst(2), environment)
  }

  private func notSet(_ name: String, message: Substring, _ environment: [String: String]) -> ConfigError {
    if !message.isEmpty {
      return ConfigError(location, "the environment variable \(name) is not set: \(shown(String(message)))")
    }
    let near = Suggestion.hint(for: name, among: environment.keys.sorted())
    return ConfigError(
      location, "the environment variable \(name) is not set", hint: near ?? "set it, or write ${\(name):-default}")
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
    ("0"..."9").contains(scalar)
  }

  private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var text = ""
    text.unicodeScalars.append(contentsOf: scalars)
    return text
  }
}
