import Foundation
import Inference
import Kernels
import Testing

/// A model's folder that is damaged, or made to do harm, and the exit code that it must end with.
struct Attack: Sendable, CustomTestStringConvertible {
  let name: String
  let code: ExitCode
  /// Changes a sound copy of `bert-masked`, or of `base`.
  let prepare: @Sendable (TemporaryFolder) throws -> Void
  var base = "bert-masked"
  var testDescription: String { name }

  init(
    _ name: String, _ code: ExitCode, base: String = "bert-masked",
    _ prepare: @escaping @Sendable (TemporaryFolder) throws -> Void
  ) {
    self.name = name
    self.code = code
    self.base = base
    self.prepare = prepare
  }

  /// `os.system("touch CANARY")` as a pickle of protocol 2, with the canary in `folder`.
  static func pickle(_ folder: TemporaryFolder) -> [UInt8] {
    [0x80, 2] + Array("cposix\nsystem\nq\u{0}X".utf8) + [UInt8(folder.path.utf8.count + 13), 0, 0, 0]
      + Array("touch \(folder.path)/canary".utf8) + [0x85] + Array("R.".utf8)
  }

  static func weights(_ change: @escaping @Sendable (inout Safetensors) throws -> Void)
    -> @Sendable (TemporaryFolder) throws -> Void
  {
    { folder in
      var file = try Safetensors(try folder.read("model.safetensors"))
      try change(&file)
      try folder.write("model.safetensors", file.bytes)
    }
  }

  /// The whole file: one header, and 16 bytes of data.
  static func header(_ header: String, length: UInt64? = nil) -> @Sendable (TemporaryFolder) throws -> Void {
    {
      try $0.write(
        "model.safetensors", Safetensors.file(header: header, length: length, data: [UInt8](repeating: 0, count: 16)))
    }
  }

  static func configuration(_ old: String, _ new: String) -> @Sendable (TemporaryFolder) throws -> Void {
    { try $0.edit("config.json") { $0.replacing(old, with: new) } }
  }

  static func modules(_ path: String, type: String = "sentence_transformers.models.Pooling")
    -> @Sendable (TemporaryFolder) throws -> Void
  {
    {
      try $0.write(
        "modules.json",
        """
        [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
         {"idx": 1, "name": "1", "path": "\(path)", "type": "\(type)"}]
        """)
    }
  }

  static func index(_ map: String) -> @Sendable (TemporaryFolder) throws -> Void {
    {
      try $0.remove("model.safetensors")
      try $0.write("model.safetensors.index.json", "{\"weight_map\": \(map)}")
    }
  }

  static let some = "bert.encoder.layer.1.output.dense.weight"

  static let all: [Attack] = folders + pickles + headers + tensors + shards + configurations + modulesFiles + links

  static let folders: [Attack] = [
    Attack("no folder", .unavailable) { try FileManager.default.removeItem(atPath: $0.path) },
    Attack("an empty folder", .unavailable) {
      try $0.remove("config.json")
      try $0.remove("model.safetensors")
    },
    Attack("no weights", .unavailable) { try $0.remove("model.safetensors") },
    Attack("no config.json", .unavailable) { try $0.remove("config.json") },
    Attack("weights are a folder", .unavailable) {
      try $0.remove("model.safetensors")
      try FileManager.default.createDirectory(atPath: $0.file("model.safetensors"), withIntermediateDirectories: false)
    },
    Attack("config.json is a folder", .badData) {
      try $0.remove("config.json")
      try FileManager.default.createDirectory(atPath: $0.file("config.json"), withIntermediateDirectories: false)
    },
    Attack("config.json is a pipe", .badData) {
      try $0.remove("config.json")
      let result = unsafe mkfifo($0.file("config.json"), 0o600)
      #expect(result == 0)
    },
  ]

  static let pickles: [Attack] = [
    Attack("pytorch_model.bin alone", .badData) {
      try $0.remove("model.safetensors")
      try $0.write("pytorch_model.bin", pickle($0))
    },
    Attack("a .pt file alone", .badData) {
      try $0.remove("model.safetensors")
      try $0.write("heads.pt", pickle($0))
    },
    Attack("a .dnn file alone", .badData) {
      try $0.remove("model.safetensors")
      try $0.write("bert-base.dnn", pickle($0))
    },
    Attack("a sharded pickle", .badData) {
      try $0.remove("model.safetensors")
      try $0.write("pytorch_model.bin.index.json", "{\"weight_map\": {}}")
    },
    Attack("a pickle under another name", .badData) { try $0.write("model.safetensors", pickle($0)) },
    Attack("a zipped pickle under another name", .badData) {
      try $0.write("model.safetensors", [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 60))
    },
    Attack("a pointer of Git LFS", .unavailable) {
      try $0.write("model.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n")
    },
    Attack("only an ONNX file", .unavailable) {
      try $0.remove("model.safetensors")
      try $0.write("model.onnx", "x")
    },
  ]

  static let headers: [Attack] = [
    Attack("empty weights", .badData) { try $0.write("model.safetensors", "") },
    Attack("seven bytes", .badData) { try $0.write("model.safetensors", [2, 0, 0, 0, 0, 0, 0]) },
    Attack("a header of 0 bytes", .badData, header("", length: 0)),
    Attack("a header of 2^64 - 1 bytes", .badData, header("{}", length: .max)),
    Attack("a header of 2^63 bytes", .badData, header("{}", length: 1 << 63)),
    Attack("a header of 100 MB", .badData, header("{}", length: 100_000_000)),
    Attack("a header that is longer than the file", .badData, header("{}", length: 1000)),
    Attack("a header that is no JSON", .badData, header("{\"a\":")),
    Attack("a header that is a list", .badData, header("[1, 2]")),
    Attack("a header that starts with a space", .badData, header(" {}")),
    Attack("a header with 100,000 levels", .badData, header(String(repeating: "{\"a\":", count: 100_000))),
    Attack(
      "a name twice", .badData,
      header(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}"
      )),
    Attack(
      "a key twice", .badData,
      header(
        "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F64\",\"shape\":[4],\"data_offsets\":[0,16]}}")),
    Attack("an unknown dtype", .badData, header("{\"a\":{\"dtype\":\"F31\",\"shape\":[4],\"data_offsets\":[0,16]}}")),
    Attack("a negative extent", .badData, header("{\"a\":{\"dtype\":\"F32\",\"shape\":[-4],\"data_offsets\":[0,16]}}")),
    Attack("half an extent", .badData, header("{\"a\":{\"dtype\":\"F32\",\"shape\":[4.5],\"data_offsets\":[0,16]}}")),
    Attack(
      "an extent of 1e300", .badData, header("{\"a\":{\"dtype\":\"F32\",\"shape\":[1e300],\"data_offsets\":[0,16]}}")),
    Attack(
      "a shape that overflows", .badData,
      header(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2147483647,2147483647,2147483647],\"data_offsets\":[0,16]}}")),
    Attack("offsets backwards", .badData, header("{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[16,0]}}")),
    Attack(
      "offsets behind the end", .badData, header("{\"a\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[0,20]}}")),
    Attack("three offsets", .badData, header("{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,8,16]}}")),
    Attack(
      "tensors that overlap", .badData,
      header(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}"
      )),
    Attack(
      "a hole", .badData,
      header(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}"
      )),
    Attack(
      "a shape of another size", .badData, header("{\"a\":{\"dtype\":\"F16\",\"shape\":[4],\"data_offsets\":[0,16]}}")),
    Attack(
      "an unknown key", .badData,
      header(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16],\"run\":\"x\"}}")),
    Attack(
      "a name that moves the cursor", .badData,
      header(
        "{\"\\u001b[2Ja\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}")),
    Attack(
      "metadata that are no texts", .badData,
      header(
        "{\"__metadata__\":{\"a\":[1]},\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}")),
    Attack("bytes that are no UTF-8", .badData) {
      try $0.write(
        "model.safetensors",
        Safetensors.file(header: "{\"X\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}")
          .map { $0 == UInt8(ascii: "X") ? 0xFF : $0 })
    },
    Attack("one byte too many", .badData) { try $0.write("model.safetensors", try $0.read("model.safetensors") + [0]) },
    Attack("one byte too few", .badData) {
      try $0.write("model.safetensors", try $0.read("model.safetensors").dropLast())
    },
  ]

  static let tensors: [Attack] = [
    Attack("a tensor is missing", .badData, weights { $0[some] = nil }),
    Attack("a bias is missing", .badData, weights { $0["bert.encoder.layer.0.attention.self.key.bias"] = nil }),
    Attack("half a head", .badData, weights { $0["cls.predictions.transform.dense.weight"] = nil }),
    Attack("no embeddings", .badData, weights { $0.entries.removeAll { $0.name.contains("embeddings") } }),
    Attack("a transposed shape", .badData, weights { $0[some]?.shape = [64, 32] }),
    Attack("a flat shape", .badData, weights { $0[some]?.shape = [2048] }),
    Attack(
      "a weight that is no number", .badData,
      weights { $0[some]?.bytes.replaceSubrange(0..<4, with: [0, 0, 0xC0, 0x7F]) }),
    Attack(
      "an infinite bias", .badData,
      weights {
        $0["cls.predictions.bias"]?.bytes.replaceSubrange(8..<12, with: [0, 0, 0x80, 0x7F])
      }),
    Attack("weights of whole numbers", .unavailable, weights { $0[some]?.format = "I32" }),
    Attack(
      "a tensor in the transformer that it has no place for", .unavailable,
      weights {
        $0.entries.append(
          .init(name: "bert.encoder.layer.0.attention.self.distance_embedding.weight", shape: [1], bytes: [0, 0, 0, 0]))
      }),
    Attack(
      "a layer more than config.json says", .unavailable,
      configuration("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1")),
    Attack(
      "gamma beside weight", .badData,
      weights {
        $0.entries.append(
          .init(name: "bert.embeddings.LayerNorm.gamma", shape: [32], bytes: [UInt8](repeating: 0, count: 128)))
      }),
    Attack(
      "a decoder that should be tied and is not", .badData,
      weights {
        $0.entries.append(
          .init(
            name: "cls.predictions.decoder.weight", shape: [131, 32], bytes: [UInt8](repeating: 0, count: 131 * 128)))
      }),
    Attack(
      "no decoder, and none tied", .badData,
      configuration("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false")),
    Attack(
      "two biases that differ", .badData,
      weights {
        $0.entries.append(
          .init(name: "cls.predictions.decoder.bias", shape: [131], bytes: [UInt8](repeating: 0, count: 131 * 4)))
      }),
    Attack(
      "two models in one file", .unavailable,
      weights {
        $0.entries.append(.init(name: "other.embeddings.word_embeddings.weight", shape: [1, 1], bytes: [0, 0, 0, 0]))
      }),
  ]

  static let shards: [Attack] = [
    Attack("a shard above the folder", .badData, index("{\"a\": \"../model.safetensors\"}")),
    Attack("a shard with an absolute name", .badData, index("{\"a\": \"/etc/passwd\"}")),
    Attack("a shard that is a pickle", .badData, index("{\"a\": \"pytorch_model-00001.bin\"}")),
    Attack("a shard that is missing", .unavailable, index("{\"a\": \"model-00001.safetensors\"}")),
    Attack("an index without a map", .badData, index("null")),
    Attack("an index that maps to a number", .badData, index("{\"a\": 7}")),
    Attack("a shard that lacks what the index says", .badData) {
      try $0.write("part.safetensors", try $0.read("model.safetensors"))
      let names = try Safetensors(try $0.read("model.safetensors")).entries.map {
        "\"\($0.name)\": \"part.safetensors\""
      }
      try index("{\((names + ["\"extra\": \"part.safetensors\""]).joined(separator: ","))}")($0)
    },
    Attack("a shard that holds what the index does not say", .badData) {
      try $0.write("part.safetensors", try $0.read("model.safetensors"))
      try index("{\"\(some)\": \"part.safetensors\"}")($0)
    },
  ]

  static let configurations: [Attack] = [
    Attack("config.json is no JSON", .badData) { try $0.write("config.json", "{") },
    Attack("config.json is a list", .badData) { try $0.write("config.json", "[]") },
    Attack("config.json of 20 MB", .badData) { try $0.write("config.json", [UInt8](repeating: 0x20, count: 20 << 20)) },
    Attack("config.json with 100,000 levels", .badData) {
      try $0.write("config.json", String(repeating: "[", count: 100_000))
    },
    Attack(
      "auto_map", .unavailable,
      configuration("\"model_type\"", "\"auto_map\": {\"AutoModel\": \"run.py\"}, \"model_type\"")),
    Attack("an unknown architecture", .unavailable, configuration("\"bert\"", "\"new\"")),
    Attack("relative positions", .unavailable, configuration("\"absolute\"", "\"relative_key\"")),
    Attack("a decoder", .unavailable, configuration("\"model_type\"", "\"is_decoder\": true, \"model_type\"")),
    Attack(
      "quantized weights", .unavailable,
      configuration("\"model_type\"", "\"quantization_config\": {\"bits\": 4}, \"model_type\"")),
    Attack("an unknown activation", .unavailable, configuration("\"gelu\"", "\"os.system\"")),
    Attack(
      "heads that do not divide the width", .badData,
      configuration("\"num_attention_heads\": 4", "\"num_attention_heads\": 5")),
    Attack("a width of 2^60", .badData, configuration("\"hidden_size\": 32", "\"hidden_size\": 1152921504606846976")),
    Attack("no width", .badData, configuration("\"hidden_size\"", "\"hidden_sise\"")),
    Attack("a million layers", .badData, configuration("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1000000")),
    Attack("a vocabulary of another size", .badData, configuration("\"vocab_size\": 131", "\"vocab_size\": 30522")),
    Attack(
      "more positions than the weights have", .badData,
      configuration("\"max_position_embeddings\": 41", "\"max_position_embeddings\": 512")),
    Attack("a negative epsilon", .badData, configuration("\"layer_norm_eps\": 1e-12", "\"layer_norm_eps\": -1")),
  ]

  static let modulesFiles: [Attack] = [
    Attack("a module above the folder", .badData, modules("../1_Pooling")),
    Attack("a module above the folder, later", .badData, modules("1_Pooling/../../x")),
    Attack("a module with an absolute path", .badData, modules("/etc")),
    Attack("a module with a backslash", .badData, modules("..\\\\1_Pooling")),
    Attack("a module with a NUL", .badData, modules("1_Pooling\\u0000")),
    Attack("a module with a name of 2,000 bytes", .badData, modules(String(repeating: "a", count: 2000))),
    Attack("a module that is missing", .unavailable, modules("1_Pooling")),
    Attack("a module of a class of its own", .unavailable, modules("", type: "run.Everything")),
    Attack("modules.json is an object", .badData) { try $0.write("modules.json", "{}") },
    Attack("modules.json is empty", .badData) { try $0.write("modules.json", "[]") },
    Attack("no way to pool", .badData, base: "sentence") { try $0.write("1_Pooling/config.json", "{}") },
    Attack("an unknown way to pool", .badData, base: "sentence") {
      try $0.write("1_Pooling/config.json", "{\"pooling_mode\": \"os.system\"}")
    },
    Attack("an activation that is a program", .unavailable, base: "sentence") {
      try $0.edit("2_Dense/config.json") { $0.replacing("torch.nn.modules.activation.Tanh", with: "os.system") }
    },
    Attack("a Dense that is a pickle", .badData, base: "sentence") {
      try $0.remove("2_Dense/model.safetensors")
      try $0.write("2_Dense/pytorch_model.bin", pickle($0))
    },
    Attack("a Dense of another width", .badData, base: "sentence") {
      try $0.edit("2_Dense/config.json") { $0.replacing("192", with: "191") }
    },
    Attack("pooling twice", .badData, base: "sentence") {
      try $0.edit("modules.json") {
        $0.replacing("2_Dense", with: "1_Pooling").replacing("models.Dense", with: "models.Pooling")
      }
    },
    Attack("a route above the folder", .badData, base: "router") {
      try $0.edit("router_config.json") { $0.replacing("query_0_SparseStaticEmbedding", with: "../query") }
    },
    Attack("a route that is missing", .unavailable, base: "router") {
      try $0.edit("router_config.json") {
        $0.replacing("\"query\"", with: "\"image\"").replacing("\"default_route\": \"document\"", with: "\"x\": 1")
      }
    },
    Attack("a table of weights above the folder", .badData, base: "router") {
      try $0.write("query_0_SparseStaticEmbedding/config.json", "{\"path\": \"../../idf.json\"}")
    },
    Attack("a table of weights that are no numbers", .badData, base: "router") {
      try $0.write("query_0_SparseStaticEmbedding/config.json", "{\"path\": \"idf.json\"}")
      try $0.write("query_0_SparseStaticEmbedding/idf.json", "{\"a\": \"b\"}")
    },
  ]

  static let links: [Attack] = [
    Attack("weights that are a link out of the folder", .badData) {
      try $0.remove("model.safetensors")
      try FileManager.default.createSymbolicLink(
        atPath: $0.file("model.safetensors"), withDestinationPath: "/etc/passwd")
    },
    Attack("weights that are a link upwards", .badData) {
      try $0.remove("model.safetensors")
      try FileManager.default.createSymbolicLink(
        atPath: $0.file("model.safetensors"), withDestinationPath: "../\(UUID().uuidString)/../../etc/hostname")
      // A link to nowhere is as good as no file; one to a real file is refused.
      try FileManager.default.removeItem(atPath: $0.file("model.safetensors"))
      try FileManager.default.createSymbolicLink(
        atPath: $0.file("model.safetensors"), withDestinationPath: try Golden.path("bert-masked") + "/model.safetensors"
      )
    },
    Attack("a module's folder that is a link out of the folder", .badData) {
      try FileManager.default.createSymbolicLink(atPath: $0.file("1_Pooling"), withDestinationPath: "/etc")
      try modules("1_Pooling")($0)
    },
    Attack("a link to itself", .unavailable) {
      try $0.remove("model.safetensors")
      try FileManager.default.createSymbolicLink(
        atPath: $0.file("model.safetensors"), withDestinationPath: "model.safetensors")
    },
  ]
}

@Suite struct HostileFolderTests {
  /// Opens a folder as far as any command does.
  private func use(_ path: String) throws {
    let folder = try ModelFolder(path)
    try folder.checkValues()
    for side in [folder.queries, folder.documents] {
      guard let checkpoint = side.checkpoint else { continue }
      _ = try Transformer(checkpoint, precision: .int8).states(TokenBatch([[1, 2, 3]]))
    }
  }

  @Test(arguments: Attack.all) func isRefusedInOneLine(_ attack: Attack) throws {
    let folder = try TemporaryFolder(copying: attack.base)
    try attack.prepare(folder)
    let before = try? folder.listing()
    do {
      try use(folder.path)
      Issue.record("was taken")
    } catch let error as any ExitCoded {
      #expect(error.exitCode == attack.code, "\(error)")
      let text = "\(error)"
      #expect(!text.unicodeScalars.contains { $0.value < 32 || $0.value == 127 })
      #expect(text.utf8.count < 3000 && text.contains(folder.path))
    }
    #expect((try? folder.listing()) == before, "something was written")
  }

  @Test func thereAreManyAndEachIsNamedOnce() {
    #expect(Attack.all.count >= 100)
    #expect(Set(Attack.all.map(\.name)).count == Attack.all.count)
  }

  /// A sound copy, so that a test above cannot pass because everything is refused.
  @Test(arguments: ["bert-masked", "sentence"]) func soundFoldersAreTaken(_ name: String) throws {
    let folder = try TemporaryFolder(copying: name)
    try use(folder.path)
  }

  @Test func linksInsideOfTheFolderAndOfACacheAreFollowed() throws {
    let folder = try TemporaryFolder(copying: "bert-masked")
    try folder.write("files/weights", try folder.read("model.safetensors"))
    try folder.remove("model.safetensors")
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("model.safetensors"), withDestinationPath: "files/weights")
    try use(folder.path)

    let cache = try TemporaryFolder()
    for name in ["config.json", "model.safetensors"] {
      try cache.write("blobs/\(name)-digest", try TemporaryFolder(copying: "bert-masked").read(name))
      try FileManager.default.createDirectory(atPath: cache.file("snapshots/abc"), withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: cache.file("snapshots/abc/\(name)"), withDestinationPath: "../../blobs/\(name)-digest")
    }
    try use(cache.file("snapshots/abc"))
  }

  @Test func everyByteOfAHeaderMayBeDamaged() throws {
    let folder = try TemporaryFolder(copying: "bert-untied")
    let sound = try folder.read("model.safetensors")
    let header = 8 + sound[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    var generator = SystemRandomNumberGenerator()
    // Every seventh, from another start each time, all of the length.
    for position in Array(0..<8) + Array(stride(from: Int.random(in: 8..<15), to: header, by: 7)) {
      var damaged = sound
      let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &generator)
      damaged[position] ^= bit
      try folder.write("model.safetensors", damaged)
      // A digit of a name, say, may be another sound file; nothing may end the process.
      do { _ = try ModelFolder(folder.path) } catch let error as any ExitCoded {
        #expect([.badData, .unavailable].contains(error.exitCode), "byte \(position), bit \(bit): \(error)")
      }
    }
  }

  @Test func aFileMayEndAnywhere() throws {
    let folder = try TemporaryFolder(copying: "bert-untied")
    let sound = try folder.read("model.safetensors")
    for length in stride(from: 0, to: sound.count, by: 97) {
      try folder.write("model.safetensors", Array(sound[..<length]))
      #expect(throws: ModelError.self) { try ModelFolder(folder.path) }
    }
  }
}
