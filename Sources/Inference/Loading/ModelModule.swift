package import Kernels

/// A step after the transformer, with its settings and its tensors where they are on disk.
package enum ModelModule: Sendable {
  /// Token vectors to one vector.
  case pooling(PoolingSettings)
  case dense(DenseSettings)
  /// To Euclidean length 1.
  case normalize
  /// Vocabulary logits to a sparse vector.
  case spladePooling(SpladePoolingSettings)
  /// A weight for each term of a text, without a transformer.
  case staticEmbedding(StaticEmbedding)
  case learnedSparse(LearnedSparseSettings)

  package var name: String {
    switch self {
    case .pooling: "Pooling"
    case .dense: "Dense"
    case .normalize: "Normalize"
    case .spladePooling: "SpladePooling"
    case .staticEmbedding: "SparseStaticEmbedding"
    case .learnedSparse: "learned-sparse encoder"
    }
  }
}

/// How token vectors become one vector: more than one mode gives their vectors end to end.
package struct PoolingSettings: Sendable, Hashable {
  package enum Mode: String, Sendable, CaseIterable {
    case first = "cls"
    case maximum = "max"
    case mean
    /// The sum over the square root of the number of tokens.
    case meanSquareRoot = "mean_sqrt_len_tokens"
    /// The mean weighted by positions 1, 2, 3, ...
    case weightedMean = "weightedmean"
    case last = "lasttoken"

    /// The flag of older files.
    var flag: String {
      switch self {
      case .first: "pooling_mode_cls_token"
      case .maximum: "pooling_mode_max_tokens"
      case .mean: "pooling_mode_mean_tokens"
      case .meanSquareRoot: "pooling_mode_mean_sqrt_len_tokens"
      case .weightedMean: "pooling_mode_weightedmean_tokens"
      case .last: "pooling_mode_lasttoken"
      }
    }
  }

  package let modes: [Mode]
  /// Whether the tokens of a prompt count.
  package let includesPrompt: Bool

  package init(modes: [Mode], includesPrompt: Bool = true) {
    precondition(!modes.isEmpty)
    self.modes = modes
    self.includesPrompt = includesPrompt
  }

  init(_ fields: JSONFields) throws {
    if let mode = fields["pooling_mode"] {
      let names = try mode.value.array == nil ? [mode] : mode.elements()
      modes = try names.map {
        let text = try $0.text()
        guard let mode = Mode(rawValue: text) else { throw $0.error("\(text) is no known way to pool") }
        return mode
      }
    } else {
      modes = try Mode.allCases.filter { try fields.bool($0.flag) == true }
      for (key, value) in try fields.members() where key.hasPrefix("pooling_mode_") {
        guard Mode.allCases.contains(where: { $0.flag == key }) || value.value.bool == false else {
          throw value.error("is no known way to pool")
        }
      }
    }
    guard !modes.isEmpty else { throw fields.error("names no way to pool") }
    includesPrompt = try fields.bool("include_prompt") ?? true
  }
}

/// A linear layer with an activation after the pooling, or on every token vector.
package struct DenseSettings: Sendable {
  let linear: LinearTensors
  /// For `use_residual` between different widths.
  let residual: Tensor?
  package let addsInput: Bool
  package let activation: Activation
  /// Whether it is applied to token vectors (ColBERT's projection as PyLate saves it).
  package let appliesToTokens: Bool
  package var inputs: Int { linear.inputs }
  package var outputs: Int { linear.outputs }

  init(_ root: ModelRoot) throws {
    let fields = try root.json("config.json")
    guard let inputs = try fields.integer("in_features", in: 1...(1 << 20)),
      let outputs = try fields.integer("out_features", in: 1...(1 << 20))
    else { throw fields.error("lacks in_features or out_features") }
    var table = TensorTable(try Weights(root))
    let bias =
      try fields.bool("bias") ?? true ? try table.take(["linear.bias"], shape: [outputs]) : nil
    linear = LinearTensors(weight: try table.take(["linear.weight"], shape: [outputs, inputs]), bias: bias)
    addsInput = try fields.bool("use_residual") ?? false
    residual =
      addsInput && inputs != outputs ? try table.take(["residual.weight"], shape: [outputs, inputs]) : nil
    if let name = table.left.first { throw ModelError(.damaged, table.file, "holds the unknown tensor \(name)") }
    activation = try Activation(torchClass: fields.text("activation_function") ?? "torch.nn.Tanh", fields)
    let input = try fields.text("module_input_name") ?? "sentence_embedding"
    let output = try fields.text("module_output_name") ?? input
    guard input == output, ["sentence_embedding", "token_embeddings"].contains(input) else {
      throw ModelError(.unavailable, fields.file, "is applied to \(input) and gives \(output), which is not computed")
    }
    appliesToTokens = input == "token_embeddings"
  }

}

/// How vocabulary logits become a sparse vector.
package struct SpladePoolingSettings: Sendable, Hashable {
  package enum Strategy: String, Sendable { case maximum = "max", sum }

  package let strategy: Strategy
  /// 1: log(1 + ReLU); 2: log(1 + log(1 + ReLU)).
  package let logarithms: Int

  package init(strategy: Strategy, logarithms: Int) {
    self.strategy = strategy
    self.logarithms = logarithms
  }

  init(_ fields: JSONFields) throws {
    let name = try fields.text("pooling_strategy") ?? "max"
    guard let strategy = Strategy(rawValue: name) else {
      throw fields.error("the pooling strategy \(name) is not known")
    }
    self.strategy = strategy
    switch try fields.text("activation_function") ?? "relu" {
    case "relu": logarithms = 1
    case "log1p_relu": logarithms = 2
    case let other: throw fields.error("the activation function \(other) is not known")
    }
  }
}
