/// Parameters whose omitted keys take the values of `init()`, so that a stage writes `var terms = 200` and no
/// `init(from:)`. Works on the outermost keys of the type; a nested type has defaults of its own if it conforms too.
package protocol DefaultedParameters: Codable {
  init()
}

/// Parameters that can be wrong though each has the right type.
package protocol CheckedParameters: Decodable {
  /// The first thing that is wrong, if any.
  var problem: ParameterProblem? { get }
}

/// What is wrong with the value of one key: `ParameterProblem("terms", "must be at least 1")`.
package struct ParameterProblem: Sendable {
  package let key: String
  package let message: String

  package init(_ key: String, _ message: String) {
    self.key = key
    self.message = message
  }
}
