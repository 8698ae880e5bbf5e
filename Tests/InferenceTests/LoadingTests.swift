import Codecs
import Foundation
import Inference
import Kernels
import Testing

@Suite struct LoadingTests {
  @Test func shardsEqualOneFile() throws {
    let folder = try TemporaryFolder(copying: "bert-masked")
    let whole = try ModelFolder(folder.path)
    let all = try Safetensors(try folder.read("model.safetensors")).entries
    var map: [String] = []
    for part in 0..<3 {
      let own = all.enumerated().filter { $0.offset % 3 == part }.map(\.element)
      try folder.write("model-0000\(part)-of-00003.safetensors", Safetensors(own).bytes)
      map += own.map { "\"\($0.name)\": \"model-0000\(part)-of-00003.safetensors\"" }
    }
    let golden = try Golden("bert-masked")
    let expected = try Transformer(whole, precision: .fp32).states(golden.batch).values
    try folder.remove("model.safetensors")
    try folder.write("model.safetensors.index.json", "{\"weight_map\": {\(map.joined(separator: ","))}}")
    let states = try Transformer(try ModelFolder(folder.path), precision: .fp32).states(golden.batch)
    #expect(states.values == expected)
  }

  @Test func everyTensorIsUsedOrNamed() throws {
    for name in ForwardPassTests.models {
      let path = try Golden.path(name)
      let checkpoint = try ModelFolder(path).checkpoint
      let tensors = try Safetensors([UInt8](try Data(contentsOf: URL(filePath: path + "/model.safetensors")))).entries
      let ignored = Set(checkpoint.ignored.map(\.name))
      let used = tensors.filter { !ignored.contains($0.name) }
      #expect(checkpoint.parameters == used.reduce(0) { $0 + $1.shape.reduce(1, *) }, "\(name)")
      #expect(
        ignored.allSatisfy { $0.contains("pooler") || $0.contains("position_ids") || $0 == "cls.predictions.bias" },
        "\(name): \(ignored)")
    }
    let bare = try ModelFolder(try Golden.path("bert-bare")).checkpoint.ignored.map(\.name)
    #expect(bare.contains("embeddings.position_ids") && bare.contains("pooler.dense.weight"))
  }

  @Test func unknownHeadsAreNamed() throws {
    let folder = try TemporaryFolder(copying: "bert-masked")
    var file = try Safetensors(try folder.read("model.safetensors"))
    file.entries.append(.init(name: "classifier.weight", shape: [1], bytes: [0, 0, 0, 0]))
    file.entries.append(.init(name: "cls.seq_relationship.bias", shape: [1], bytes: [0, 0, 0, 0]))
    try folder.write("model.safetensors", file.bytes)
    let ignored = try ModelFolder(folder.path).checkpoint.ignored
    #expect(
      ignored.map { "\($0.name): \($0.reason)" } == [
        "classifier.weight: of no head that is known", "cls.seq_relationship.bias: the next-sentence head",
      ])
  }

  @Test func theDigestIsOfWhatCounts() throws {
    let folder = try TemporaryFolder(copying: "bert-masked")
    let digest = try ModelFolder(folder.path).digest()
    let copy = try TemporaryFolder(copying: "bert-masked")
    #expect(try ModelFolder(copy.path).digest() == digest)
    try folder.write("README.md", "words")
    #expect(try ModelFolder(folder.path).digest() == digest)
    try folder.write("vocab.txt", "[PAD]\n")
    let withVocabulary = try ModelFolder(folder.path).digest()
    #expect(withVocabulary != digest)
    var weights = try folder.read("model.safetensors")
    weights[weights.count - 1] ^= 1
    try folder.write("model.safetensors", weights)
    #expect(try ModelFolder(folder.path).digest() != withVocabulary)
  }

  @Test func limitsOfTheTokenizerCount() throws {
    let folder = try TemporaryFolder(copying: "bert-masked")
    #expect(try ModelFolder(folder.path).documents.maximumLength == 41)
    try folder.write("tokenizer_config.json", "{\"model_max_length\": 30}")
    #expect(try ModelFolder(folder.path).documents.maximumLength == 30)
    try folder.write("tokenizer_config.json", "{\"model_max_length\": 1000000000000000019884624838656}")
    #expect(try ModelFolder(folder.path).documents.maximumLength == 41)
    try folder.write("sentence_bert_config.json", "{\"max_seq_length\": 12, \"do_lower_case\": true}")
    let side = try ModelFolder(folder.path).documents
    #expect(side.maximumLength == 12 && side.lowersCase)
  }

  @Test func promptsAreRead() throws {
    let folder = try TemporaryFolder(copying: "sentence")
    try folder.write(
      "config_sentence_transformers.json",
      "{\"prompts\": {\"query\": \"query: \", \"document\": \"\"}, \"default_prompt_name\": \"query\"}")
    let model = try ModelFolder(folder.path)
    #expect(model.prompts == ["query": "query: ", "document": ""])
    #expect(model.defaultPrompt == "query")
  }

  @Test func reportsSayWhatAModelCanDo() throws {
    func can(_ name: String) throws -> [String] {
      try ModelReport(try ModelFolder(try Golden.path(name))).documents.can
    }
    #expect(try can("bert-masked").contains("encode.splade"))
    #expect(try can("tildev2") == ["encode.tildev2", "encode.unicoil"])
    #expect(try can("colbert") == ["encode.colbert"])
    #expect(try can("deepimpact") == ["encode.deepimpact"])
    #expect(try can("sentence") == ["encode.dense"])
    #expect(try ModelReport(try ModelFolder(try Golden.path("learned-sparse"))).queries?.can == ["encode.sparse"])
  }
}
