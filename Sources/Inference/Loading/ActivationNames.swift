internal import Kernels

extension Activation {
  /// `hidden_act` of `config.json`.
  /// - Throws: `ModelError` (69) for one that is not computed.
  init(modelName: String, _ fields: JSONFields) throws {
    switch modelName {
    case "gelu": self = .gelu
    case "gelu_new", "gelu_pytorch_tanh": self = .geluTanh
    case "relu": self = .relu
    case "tanh": self = .tanh
    default: throw ModelError(.unavailable, fields.file, "the activation \(modelName) is not computed")
    }
  }

  /// `activation_function` of sentence-transformers' Dense: a class of PyTorch, by the last part of its name.
  init(torchClass: String, _ fields: JSONFields) throws {
    switch torchClass.hasPrefix("torch.") ? torchClass.split(separator: ".").last.map(String.init) : nil {
    case "Identity": self = .none
    case "ReLU": self = .relu
    case "GELU": self = .gelu
    case "Tanh": self = .tanh
    case "Sigmoid": self = .sigmoid
    case "Softplus": self = .softplus
    default: throw ModelError(.unavailable, fields.file, "the activation function \(torchClass) is not computed")
    }
  }

  /// `activation` of the learned-sparse framework.
  init(frameworkName: String, _ fields: JSONFields) throws {
    switch frameworkName {
    case "relu": self = .relu
    case "no", "identity": self = .none
    case "softplus": self = .softplus
    default: throw ModelError(.unavailable, fields.file, "the activation \(frameworkName) is not computed")
    }
  }
}
