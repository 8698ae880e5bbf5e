package import Codecs

/// A stage of a checked graph as data: for fingerprints, for the index's contract, for `plan` and for its reasons.
package struct StageDescription: Codable, Hashable, Sendable {
  /// As the pipeline file calls it.
  package let name: String
  package let use: String
  package let version: Int
  /// The parameters that decide the output, defaults included, as JSON with sorted keys.
  package let parameters: String
  package let resources: [String: Fingerprint]
  /// See `Stage.instructions`; also `nil` in what was noted before there were any.
  package let instructions: String?
  /// Port to stage name.
  package let inputs: [String: String]

  package init(
    name: String, use: String, version: Int, parameters: String, resources: [String: Fingerprint],
    instructions: String? = nil, inputs: [String: String]
  ) {
    self.name = name
    self.use = use
    self.version = version
    self.parameters = parameters
    self.resources = resources
    self.instructions = instructions
    self.inputs = inputs
  }

  /// Digest of what the stage itself does: everything but its names, which do not change a byte.
  var fingerprint: Fingerprint {
    var hasher = FingerprintHasher()
    hasher.field(use)
    hasher.field(String(version))
    hasher.field(parameters)
    for (name, digest) in resources.sorted(by: { $0.key < $1.key }) {
      hasher.field(name)
      hasher.field(digest)
    }
    // No field for stages without, whose chunks then keep the names that they always had.
    if let instructions { hasher.field(instructions) }
    return hasher.finalize()
  }

  /// What differs from an earlier description of the same stage, in words; empty where nothing does.
  func changes(since old: StageDescription) -> [String] {
    var changes: [String] = []
    if use != old.use { changes.append("use: \(old.use) -> \(use)") }
    if version != old.version { changes.append("version of \(use): \(old.version) -> \(version)") }
    changes += ParameterDifference.list(from: old.parameters, to: parameters)
    for name in Set(resources.keys).union(old.resources.keys).sorted() where resources[name] != old.resources[name] {
      changes.append("content of `\(name)`")
    }
    for port in Set(inputs.keys).union(old.inputs.keys).sorted() where inputs[port] != old.inputs[port] {
      changes.append("\(port): \(old.inputs[port] ?? "nothing") -> \(inputs[port] ?? "nothing")")
    }
    // With another parameter, such as a precision, other instructions may count on the same processor.
    if changes.isEmpty, let difference = InstructionDifference.text(from: old.instructions, to: instructions) {
      changes.append(difference)
    }
    return changes
  }
}
