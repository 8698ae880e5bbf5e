/// One stage as a pipeline file declares it. What its parameters mean is not known here: the graph builder knows which of
/// the stage's keys are ports (`from: tokens`) and has `parameters` read the rest.
package struct StageDeclaration: Sendable, Equatable {
  /// The name in the pipeline file, by which other stages and `--set` refer to it.
  package let name: String
  /// The registered stage that does the work.
  package let use: Located<String>
  /// Where the name was written.
  package let location: SourceLocation
  /// Ports and parameters: all keys but `use`, `checkpoint`, `concurrency` and `retries`.
  package let body: ConfigNode
  /// Whether finished chunks are written to disk; `nil` leaves it to the kind of stage.
  package let checkpoint: Bool?
  /// How many chunks may be in this stage at once, at least 1; `nil` means as many as there are workers.
  package let concurrency: Int?
  /// How often a failed chunk is tried again, at least 0; `nil` leaves it to the scheduler.
  package let retries: Int?

  /// The keys that every stage has.
  package static let commonKeys = ["use", "checkpoint", "concurrency", "retries"]

  /// Reads the value of `entry` in `stages:`.
  ///
  /// - Throws: `ConfigError` for a name that cannot be referred to, a missing `use`, or a common key of another type.
  package init(_ entry: ConfigNode.Entry) throws {
    name = entry.key
    location = entry.keyLocation
    guard Self.isName(name) else {
      throw ConfigError(
        location, "`\(shown(name))` cannot name a stage",
        hint: "use letters, digits, `-` and `_`, beginning with a letter")
    }
    guard let entries = entry.value.mapping else {
      throw ConfigError(
        entry.value.location, "stage `\(name)` must be a mapping, not \(entry.value.summary)",
        hint: "write {use: NAME, ...}")
    }
    let others = entries.map(\.key).filter { !Self.commonKeys.contains($0) }
    if entry.value["use"] == nil { throw Self.missingUse(in: entry, among: others) }
    let common = try ConfigDecoder.decode(
      CommonKeys.self, from: entry.value.removing(others), in: "stage `\(name)`")
    use = common.use
    checkpoint = common.checkpoint
    concurrency = common.concurrency
    retries = common.retries
    body = entry.value.removing(Self.commonKeys)
  }

  /// The stage's parameters.
  ///
  /// - Parameter ports: the keys of `body` that name inputs and are no parameters.
  /// - Throws: `ConfigError` at the key that is unknown, missing or of another type.
  package func parameters<P: Decodable>(_ type: P.Type = P.self, ports: [String] = []) throws -> P {
    try ConfigDecoder.decode(
      from: body.removing(ports), in: "stage `\(name)`", alsoKnown: ports + Self.commonKeys)
  }

  /// Whether `text` can name a stage or a binding: a letter or `_`, then letters, digits, `-` and `_`, all ASCII.
  package static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, isLetter(first) else { return false }
    return text.utf8.allSatisfy {
      isLetter($0) || $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
    }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  private static func missingUse(in entry: ConfigNode.Entry, among keys: [String]) -> ConfigError {
    if let near = Suggestion.nearest(to: "use", among: keys), let typo = entry.value.entry(near) {
      return ConfigError(
        typo.keyLocation, "unknown key `\(shown(near))` in stage `\(entry.key)`", hint: "did you mean `use`?")
    }
    return ConfigError(
      entry.keyLocation, "stage `\(entry.key)` does not say which stage to run", hint: "add `use: NAME`")
  }
}

/// The part of a stage that does not depend on what it uses.
private struct CommonKeys: CheckedParameters {
  let use: Located<String>
  let checkpoint: Bool?
  let concurrency: Int?
  let retries: Int?

  var problem: ParameterProblem? {
    if let concurrency, concurrency < 1 { return ParameterProblem("concurrency", "must be at least 1") }
    if let retries, retries < 0 { return ParameterProblem("retries", "must be at least 0") }
    return nil
  }
}
