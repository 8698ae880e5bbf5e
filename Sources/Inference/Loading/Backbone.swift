/// The tensors of the transformer itself, whatever the file calls them.
struct Backbone: Sendable {
  struct Layer: Sendable {
    let query, key, value, attentionOutput: LinearTensors
    let attentionNorm: NormTensors
    let up, down: LinearTensors
    let outputNorm: NormTensors
  }

  /// (vocabulary, width).
  let words: Tensor
  /// (positions, width).
  let positions: Tensor
  /// (types, width); `nil` for DistilBERT.
  let types: Tensor?
  let norm: NormTensors
  let layers: [Layer]
}

extension Backbone {
  /// The last parts of the names of a layer's tensors.
  fileprivate struct Names {
    let stack, query, key, value, attentionOutput, attentionNorm, up, down, outputNorm: String

    static let bert = Names(
      stack: "encoder.layer.", query: "attention.self.query", key: "attention.self.key", value: "attention.self.value",
      attentionOutput: "attention.output.dense", attentionNorm: "attention.output.LayerNorm",
      up: "intermediate.dense", down: "output.dense", outputNorm: "output.LayerNorm")
    static let distilBERT = Names(
      stack: "transformer.layer.", query: "attention.q_lin", key: "attention.k_lin", value: "attention.v_lin",
      attentionOutput: "attention.out_lin", attentionNorm: "sa_layer_norm",
      up: "ffn.lin1", down: "ffn.lin2", outputNorm: "output_layer_norm")
  }

  /// What stands before `embeddings.word_embeddings.weight`: empty for a bare model, `bert.`, `model.distilbert.`, ...
  static func prefix(_ table: TensorTable) throws -> String {
    let ending = "embeddings.word_embeddings.weight"
    let found = table.names.filter { $0 == ending || $0.hasSuffix("." + ending) }
    guard let name = found.first else {
      throw ModelError(.damaged, table.file, "holds no \(ending): these are not the weights of a BERT or DistilBERT")
    }
    guard found.count == 1 else {
      throw ModelError(.unavailable, table.file, "holds \(found.count) models, of which \(found[0]) and \(found[1])")
    }
    return String(name.dropLast(ending.count))
  }

  init(_ table: inout TensorTable, prefix: String, _ shape: ModelConfiguration) throws {
    let width = shape.width
    words = try table.take([prefix + "embeddings.word_embeddings.weight"], shape: [shape.vocabularySize, width])
    positions = try table.take([prefix + "embeddings.position_embeddings.weight"], shape: [shape.positions, width])
    types =
      shape.types > 0
      ? try table.take([prefix + "embeddings.token_type_embeddings.weight"], shape: [shape.types, width]) : nil
    norm = try table.norm(prefix + "embeddings.LayerNorm", width: width)
    let names = shape.family == .bert ? Names.bert : Names.distilBERT
    var layers: [Layer] = []
    for index in 0..<shape.layers {
      layers.append(try Layer(&table, prefix + names.stack + "\(index).", names, width: width, inner: shape.innerWidth))
    }
    self.layers = layers
  }
}

extension Backbone.Layer {
  fileprivate init(
    _ table: inout TensorTable, _ prefix: String, _ names: Backbone.Names, width: Int, inner: Int
  ) throws {
    query = try table.linear(prefix + names.query, inputs: width, outputs: width)
    key = try table.linear(prefix + names.key, inputs: width, outputs: width)
    value = try table.linear(prefix + names.value, inputs: width, outputs: width)
    attentionOutput = try table.linear(prefix + names.attentionOutput, inputs: width, outputs: width)
    attentionNorm = try table.norm(prefix + names.attentionNorm, width: width)
    up = try table.linear(prefix + names.up, inputs: width, outputs: inner)
    down = try table.linear(prefix + names.down, inputs: inner, outputs: width)
    outputNorm = try table.norm(prefix + names.outputNorm, width: width)
  }
}
