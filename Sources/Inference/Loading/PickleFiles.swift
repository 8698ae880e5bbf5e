/// Weights in Python's pickle format. Reading a pickle runs the program in it, so bigrain never does.
enum PickleFiles {
  /// The way out, in one line.
  static let advice = """
    A pickle can run any program when it is read, so bigrain does not read it. If you trust it, convert it once: \
    python -c "import torch, safetensors.torch as s; s.save_file({k: v.contiguous().clone() for k, v in \
    torch.load('pytorch_model.bin', map_location='cpu', weights_only=True).items()}, 'model.safetensors')"
    """

  static func isPickle(_ name: String) -> Bool {
    [".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".dnn"].contains { name.hasSuffix($0) }
      || name == "pytorch_model.bin.index.json"
  }

  /// Explains why `root` holds no weights that can be read.
  static func refusal(_ root: ModelRoot) throws -> ModelError {
    let names = try root.list()
    if let pickle = names.first(where: { $0.hasPrefix("pytorch_model") }) ?? names.first(where: isPickle) {
      return ModelError(.damaged, root.full(pickle), "is a pickle, and there is no model.safetensors. \(advice)")
    }
    if let other = names.first(where: { $0.hasSuffix(".h5") || $0.hasSuffix(".msgpack") || $0.hasSuffix(".onnx") }) {
      return ModelError(
        .unavailable, root.full(other), "is in a format that is not read, and there is no model.safetensors")
    }
    return ModelError(.unavailable, root.full("model.safetensors"), "is missing")
  }
}
