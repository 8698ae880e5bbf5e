package import Codecs
internal import Foundation
internal import Kernels

/// Installs a model from a repository that serves its files as Hugging Face does, at
/// `URL/resolve/REVISION/FILE`. Only files that a model is made of are asked for: no program, no pickle.
package struct RepositoryFetch {
  /// `https://host/owner/name`; `file:///folder` where the same layout is on a disk.
  package let url: String
  package let revision: String

  /// - Throws: `ModelError` (65) for any other kind of URL, or a revision that is no plain name.
  package init(url: String, revision: String) throws {
    guard url.hasPrefix("https://") || url.hasPrefix("file:///"), !url.contains("?"), !url.contains("#"),
      url.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else { throw ModelError(.damaged, url, "is no https URL of a model's repository") }
    guard revision.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }), !revision.isEmpty
    else { throw ModelError(.damaged, url, "\"\(revision)\" is no revision") }
    self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
    self.revision = revision
  }

  /// The last part of the URL.
  package var name: String { FileSystem.lastComponent(of: url) }

  /// - Parameter digest: what the model's digest must be, if the caller knows.
  package func install(as name: String, digest: Fingerprint?, into store: ModelStore) throws -> ModelFolder {
    try store.install(name) { folder in
      try fetchTop(into: folder)
      if let digest {
        let found = try ModelFolder(folder).digest()
        guard found == digest else { throw ModelError(.damaged, url, "its digest is \(found), and not \(digest)") }
      }
    }
  }

  private static let optional = [
    "tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json", "added_tokens.json",
    "sentence_bert_config.json", "config_sentence_transformers.json",
  ]

  private func fetchTop(into folder: String) throws {
    let hasConfiguration = try get("config.json", folder)
    for name in Self.optional { _ = try get(name, folder) }
    let isSentence = try get("modules.json", folder)
    guard hasConfiguration || isSentence else {
      throw ModelError(.unavailable, url, "holds no config.json at the revision \(revision), or cannot be reached")
    }
    try fetchWeights("", folder)
    if isSentence { try fetchModules(folder) }
  }

  private func fetchModules(_ folder: String) throws {
    let root = try ModelRoot(folder)
    for module in try root.json("modules.json").elements() {
      let path = try module.text("path") ?? ""
      if path.isEmpty {
        if try get("router_config.json", folder) {
          for (id, _) in try root.json("router_config.json")["types"]?.members() ?? [] { try fetchModule(id, folder) }
        }
      } else {
        try fetchModule(path, folder)
      }
    }
  }

  private func fetchModule(_ path: String, _ folder: String) throws {
    let isPlain = path.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    guard isPlain, !path.hasPrefix(".") else {
      throw ModelError(.damaged, url, "\"\(path)\" is no name of a module's folder")
    }
    for name in ["config.json", "idf.json", "vocab.txt", "tokenizer.json", "tokenizer_config.json"] {
      _ = try get("\(path)/\(name)", folder)
    }
    try fetchWeights(path + "/", folder)
  }

  private func fetchWeights(_ prefix: String, _ folder: String) throws {
    if try get(prefix + Weights.single, folder) { return }
    guard try get(prefix + Weights.index, folder) else { return }
    let map = try ModelRoot(folder).json(prefix + Weights.index)["weight_map"]
    let names = Set(try map?.members().map { try $0.value.text() } ?? [])
    for name in names.sorted() {
      guard name.hasSuffix(".safetensors"), !name.contains("/") else {
        throw ModelError(.damaged, url, "\"\(name)\" is no file of weights")
      }
      _ = try get(prefix + name, folder)
    }
  }

  /// Gets one file.
  /// - Returns: `false` if the server has none.
  private func get(_ name: String, _ folder: String) throws -> Bool {
    let target = "\(folder)/\(name)"
    try FileSystem.createDirectories(FileSystem.directory(of: target))
    let code = try Command.run(
      "curl",
      [
        "--fail", "--location", "--silent", "--proto", "=https,file", "--proto-redir", "=https", "--retry", "2",
        "--connect-timeout", "20", "--output", target, "--", "\(url)/resolve/\(revision)/\(name)",
      ])
    switch code {
    case 0: return true
    // The server's 4xx; a file that is not there.
    case 22, 37:
      try FileSystem.removeFile(target)
      return false
    default: throw ModelError(.unavailable, url, "cannot be reached (curl ended with \(code))")
    }
  }
}
