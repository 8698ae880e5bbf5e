/// A transformer's weights on disk, with a meaning for every tensor: used, or ignored for a reason.
///
/// Opening reads headers and checks names and shapes; values stay in the mapped files.
package struct Checkpoint: Sendable {
  /// A tensor that changes nothing here.
  package struct Ignored: Sendable, Hashable {
    package let name: String
    package let reason: String
  }

  package let path: String
  package let configuration: ModelConfiguration
  let backbone: Backbone
  let vocabulary: VocabularyHeadTensors?
  let linear: [LinearHeadName: [LinearTensors]]
  /// The learned-sparse framework's factor of a query encoder.
  package let scale: Float?
  package let ignored: [Ignored]
  /// Numbers in all tensors that are used.
  package let parameters: Int
  /// The formats of the tensors that are used, by name.
  package let formats: [TensorFormat]
  private let used: [Tensor]

  package var hasVocabularyHead: Bool { vocabulary != nil }
  /// Whether the vocabulary head multiplies with the word embeddings; false without a head.
  package var isTied: Bool {
    guard let vocabulary else { return false }
    return vocabulary.isTied
  }
  /// The linear heads, with their outputs, by name.
  package var linearHeads: [(name: LinearHeadName, outputs: Int)] {
    LinearHeadName.allCases.compactMap { name in linear[name].flatMap { $0.last.map { (name, $0.outputs) } } }
  }

  /// - Throws: `ModelError`.
  init(_ root: ModelRoot) throws {
    let fields = try root.json("config.json")
    // Before the weights: a model that is not computed here need not have any that can be read.
    try ModelConfiguration.refuseUnsupported(fields)
    try self.init(root, fields, try Weights(root))
  }

  private init(_ root: ModelRoot, _ fields: JSONFields, _ weights: Weights) throws {
    path = root.full("")
    let shape = try ModelConfiguration(fields, weights: weights)
    configuration = shape
    var table = TensorTable(weights)
    let prefix = try Backbone.prefix(table)
    backbone = try Backbone(&table, prefix: prefix, shape)
    let prefixes = Self.ancestors(of: prefix)
    var vocabulary: VocabularyHeadTensors?
    for candidate in prefixes where vocabulary == nil {
      vocabulary = try VocabularyHeadTensors(&table, prefix: candidate, shape, words: backbone.words)
    }
    self.vocabulary = vocabulary
    var linear: [LinearHeadName: [LinearTensors]] = [:]
    for name in LinearHeadName.allCases {
      linear[name] = try name.take(&table, prefixes: prefixes, width: shape.width)
    }
    self.linear = linear
    scale = try table.takeIfThere(["scale"], shape: nil)?.scalar()
    ignored = try Self.ignored(table, prefix: prefix)
    let left = Set(table.left)
    used = weights.names.filter { !left.contains($0) }.compactMap { weights.tensors[$0] }
    parameters = used.reduce(0) { $0 + $1.count }
    formats = TensorFormat.allCases.filter { [used] format in used.contains { $0.format == format } }
  }

  /// - Throws: `ModelError` (65) if a weight is infinite or no number. Reads all of them.
  func checkValues() throws { for tensor in used { try tensor.checkFinite() } }

  /// Where heads may stand: `model.bert.`, `model.`, nothing.
  private static func ancestors(of prefix: String) -> [String] {
    var parts = prefix.split(separator: ".")
    var result = [prefix]
    while !parts.isEmpty {
      parts.removeLast()
      result.append(parts.isEmpty ? "" : parts.joined(separator: ".") + ".")
    }
    return Array(result.reversed())
  }

  /// Gives a reason to every tensor that is left. One inside of the transformer would change its results: an error.
  private static func ignored(_ table: TensorTable, prefix: String) throws -> [Ignored] {
    try table.left.map { name in
      let own = name.hasPrefix(prefix) ? String(name.dropFirst(prefix.count)) : ""
      if own == "embeddings.position_ids" { return Ignored(name: name, reason: "the numbers 0, 1, 2, ...") }
      if own.hasPrefix("embeddings.") || own.hasPrefix("encoder.") || own.hasPrefix("transformer.") {
        throw ModelError(
          .unavailable, table.file, "holds the tensor \(name), which the model of config.json has no place for")
      }
      if own.hasPrefix("pooler.") { return Ignored(name: name, reason: "the pooler, which no encoder here uses") }
      if name.hasSuffix("cls.predictions.bias") {
        return Ignored(name: name, reason: "the decoder has a bias of its own")
      }
      if name.contains("cls.seq_relationship.") { return Ignored(name: name, reason: "the next-sentence head") }
      return Ignored(name: name, reason: "of no head that is known")
    }
  }
}

extension Tensor {
  /// The value of a tensor that holds one.
  func scalar() throws -> Float {
    guard count == 1 else { throw ModelError(.damaged, file, "the tensor \(name) holds \(count) numbers, and not one") }
    return try floats()[0]
  }
}
