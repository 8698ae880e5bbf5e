internal import Codecs

/// The query side of an inference-free model: a weight for each term.
package struct StaticEmbedding: Sendable {
  package enum Weights: Sendable {
    /// (vocabulary): by id.
    case ids([Float])
    /// By the bytes of the term, in the file's order; a term that is not listed has weight 0.
    case terms([(term: [UInt8], weight: Float)])
  }

  package let weights: Weights

  /// - Throws: `ModelError`.
  init(_ root: ModelRoot) throws {
    let fields = try root.holds("config.json") ? try root.json("config.json") : nil
    if let path = try fields?.text("path"), path.hasSuffix(".json") {
      weights = .terms(try Self.terms(try root.json(path, limit: 256 << 20)))
    } else if try root.holds(Inference.Weights.single) || root.holds(Inference.Weights.index) {
      var table = TensorTable(try Inference.Weights(root))
      guard let tensor = try table.takeIfThere(["weight"], shape: nil), tensor.shape.count == 1 else {
        throw ModelError(.damaged, table.file, "holds no tensor `weight` with a number for each term")
      }
      if let name = table.left.first { throw ModelError(.damaged, table.file, "holds the unknown tensor \(name)") }
      weights = .ids(try tensor.floats())
    } else if try root.holds("idf.json") {
      weights = .terms(try Self.terms(try root.json("idf.json", limit: 256 << 20)))
    } else {
      throw try PickleFiles.refusal(root)
    }
  }

  private static func terms(_ fields: JSONFields) throws -> [(term: [UInt8], weight: Float)] {
    guard let members = fields.value.object else { throw fields.error("an object expected") }
    return try members.map { member in
      guard case .number(let weight) = member.value, Float(weight).isFinite else {
        throw fields.error("the weight of \"\(String(decoding: member.key, as: UTF8.self))\" is no number")
      }
      return (member.key, Float(weight))
    }
  }
}
