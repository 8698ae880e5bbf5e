/// The tensors of a model while names are given to them: what is taken, and at the end what is left.
struct TensorTable {
  private let weights: Weights
  private var taken: Set<String> = []

  init(_ weights: Weights) {
    self.weights = weights
  }

  var file: String { weights.file }
  var names: [String] { weights.names }
  var left: [String] { weights.names.filter { !taken.contains($0) } }

  func holds(_ name: String) -> Bool { weights.tensors[name] != nil }

  func holdsAny(below prefix: String) -> Bool { weights.names.contains { $0.hasPrefix(prefix) } }

  /// The tensor under the first of `names` that is there, with `shape`.
  /// - Throws: `ModelError` (65) if there is none, it has another shape, or is no weight.
  mutating func take(_ names: [String], shape: [Int]) throws -> Tensor {
    guard let tensor = try takeIfThere(names, shape: shape) else {
      throw ModelError(.damaged, file, "the tensor \(names.joined(separator: " or ")) is missing")
    }
    return tensor
  }

  mutating func takeIfThere(_ names: [String], shape: [Int]?) throws -> Tensor? {
    let found = names.compactMap { weights.tensors[$0] }
    guard let tensor = found.first else { return nil }
    guard found.count == 1 else {
      throw ModelError(.damaged, file, "holds both \(found[0].name) and \(found[1].name), which are one tensor")
    }
    taken.insert(tensor.name)
    if let shape, tensor.shape != shape {
      throw ModelError(
        .damaged, tensor.file,
        "the tensor \(tensor.name) has the shape \(tensor.shape), and config.json gives it \(shape)")
    }
    guard tensor.format.isWeight else {
      throw ModelError(
        .unavailable, tensor.file,
        "the tensor \(tensor.name) is \(tensor.format.rawValue); weights must be F32, F16 or BF16")
    }
    return tensor
  }

  /// `weight` and `bias` of a linear layer from `inputs` to `outputs`.
  mutating func linear(_ name: String, inputs: Int, outputs: Int) throws -> LinearTensors {
    LinearTensors(
      weight: try take([name + ".weight"], shape: [outputs, inputs]),
      bias: try take([name + ".bias"], shape: [outputs]))
  }

  /// A layer normalization, also under the names that TensorFlow's checkpoints had.
  mutating func norm(_ name: String, width: Int) throws -> NormTensors {
    NormTensors(
      scale: try take([name + ".weight", name + ".gamma"], shape: [width]),
      shift: try take([name + ".bias", name + ".beta"], shape: [width]))
  }
}

/// `y = weight x + bias`.
struct LinearTensors: Sendable {
  /// (outputs, inputs).
  let weight: Tensor
  /// (outputs); `nil` is zero.
  let bias: Tensor?

  var inputs: Int { weight.shape[1] }
  var outputs: Int { weight.shape[0] }
}

/// `y = scale (x - mean) / deviation + shift`.
struct NormTensors: Sendable {
  /// (width).
  let scale: Tensor
  /// (width).
  let shift: Tensor
}
