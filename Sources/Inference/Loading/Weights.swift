/// All tensors of a folder: those of `model.safetensors`, or of the files that `model.safetensors.index.json` lists.
struct Weights {
  /// By name; in file order.
  private(set) var tensors: [String: Tensor] = [:]
  private(set) var names: [String] = []
  /// What an error about all of it names.
  let file: String

  static let single = "model.safetensors"
  static let index = "model.safetensors.index.json"

  /// - Throws: `ModelError`: 65 for damaged files and pickles, 69 if there are no weights.
  init(_ root: ModelRoot) throws {
    if try root.holds(Self.single) {
      file = root.full(Self.single)
      for tensor in try SafetensorsFile.tensors(try root.map(Self.single), file: file) { try add(tensor) }
    } else if try root.holds(Self.index) {
      file = root.full(Self.index)
      try readShards(root)
    } else {
      throw try PickleFiles.refusal(root)
    }
  }

  private mutating func add(_ tensor: Tensor) throws {
    guard tensors.updateValue(tensor, forKey: tensor.name) == nil else {
      throw ModelError(.damaged, tensor.file, "the tensor \(tensor.name) is in another file too")
    }
    names.append(tensor.name)
  }

  /// The index and the files must agree on where each tensor is. The files' names are untrusted.
  private mutating func readShards(_ root: ModelRoot) throws {
    let index = try root.json(Self.index)
    guard let map = index["weight_map"] else { throw index.error("lacks weight_map") }
    var expected: [String: String] = [:]
    for (tensor, file) in try map.members() { expected[tensor] = try file.text() }
    for shard in Set(expected.values).sorted() {
      guard shard.hasSuffix(".safetensors"), !shard.contains("/") else {
        throw index.error("weight_map names \"\(shard)\", which is no safetensors file of this folder")
      }
      for tensor in try SafetensorsFile.tensors(try root.map(shard), file: root.full(shard)) {
        guard expected[tensor.name] == shard else {
          throw ModelError(.damaged, tensor.file, "holds the tensor \(tensor.name), which \(Self.index) does not say")
        }
        try add(tensor)
      }
    }
    for name in expected.keys.sorted() where tensors[name] == nil {
      throw index.error("says that the tensor \(name) is in \(expected[name] ?? ""), and it is not")
    }
  }
}
