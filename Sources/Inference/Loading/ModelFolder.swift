package import Codecs

/// A model on disk, in any of the layouts that are understood.
///
/// Opening reads configurations and headers and maps the weights; nothing is executed, and nothing is written.
package struct ModelFolder: Sendable {
  package enum Layout: String, Sendable {
    /// `config.json` and weights, as transformers writes them.
    case checkpoint
    /// `modules.json` and a folder for each module.
    case sentenceTransformers = "sentence-transformers"
    /// A router of sentence-transformers: queries take another way than documents.
    case router = "sentence-transformers router"
    /// `shared_encoder/`, or `query_encoder/` and `doc_encoder/`.
    case learnedSparse = "learned-sparse framework"
  }

  package let path: String
  package let layout: Layout
  package let queries: ModelSide
  package let documents: ModelSide
  /// Whether queries go the documents' way.
  package let isSymmetric: Bool
  /// What a text starts with, by the prompt's name; empty for most models.
  package let prompts: [String: String]
  package let defaultPrompt: String?
  private let root: ModelRoot

  /// - Throws: `ModelError`: 65 for damaged or hostile files, 69 for missing ones and for models that are not computed.
  package init(_ path: String) throws {
    let root = try ModelRoot(path)
    self.path = path
    self.root = root
    if try root.holds("modules.json") {
      let pair = try SentenceTransformersFolder.sides(root)
      (queries, documents, layout) = (pair.queries, pair.documents, pair.isRouter ? .router : .sentenceTransformers)
      isSymmetric = !pair.isRouter
    } else if let pair = try LearnedSparseFolder.sides(root) {
      (queries, documents, layout) = (pair.queries, pair.documents, .learnedSparse)
      isSymmetric = pair.isShared
    } else {
      let side = try ModelSide(checkpoint: Checkpoint(root), root: root, modules: [])
      (queries, documents, layout) = (side, side, .checkpoint)
      isSymmetric = true
    }
    let settings = "config_sentence_transformers.json"
    let fields = try root.holds(settings) ? try root.json(settings) : nil
    var prompts: [String: String] = [:]
    for (name, text) in try fields?["prompts"]?.members() ?? [] { prompts[name] = try text.text() }
    self.prompts = prompts
    defaultPrompt = try fields?.text("default_prompt_name")
    for name in ModelSide.tokenizerFiles { try root.note(name) }
  }

  /// The transformer of the documents' side.
  /// - Throws: `ModelError` (69) if that side has none.
  package var checkpoint: Checkpoint {
    get throws { try documents.transformer }
  }

  /// SHA-256 over the names and contents of all files that decide what the model computes: configurations, weights,
  /// tokenizers. Reads them whole.
  package func digest() throws -> Fingerprint {
    var hasher = FingerprintHasher()
    hasher.field("bigrain model 1")
    for name in root.filesRead {
      hasher.field(name)
      hasher.field(try FileSeal.measure(root.full(name)).fingerprint)
    }
    return hasher.finalize()
  }
}

extension ModelFolder {
  /// Reads every weight that is used.
  /// - Throws: `ModelError` (65) if one is infinite or no number.
  package func checkValues() throws {
    for side in [documents, queries] {
      try side.checkpoint?.checkValues()
      for case .dense(let settings) in side.modules { _ = try Dense(settings) }
    }
  }
}

/// What queries, or documents, go through.
package struct ModelSide: Sendable {
  /// `nil` for a side without a transformer: a table, or a binary encoder.
  package let checkpoint: Checkpoint?
  /// Applied after the transformer, in order; for a side without one, what there is instead.
  package let modules: [ModelModule]
  /// Most tokens, special ones included: of `sentence_bert_config.json`, else of `tokenizer_config.json`, never more than
  /// the model has positions. `nil` where no file says.
  package let maximumLength: Int?
  /// Whether texts are lower-cased before the tokenizer sees them.
  package let lowersCase: Bool
  /// The folder with the tokenizer's files.
  package let tokenizer: String
  /// What an error about this side names.
  let path: String

  static let tokenizerFiles = [
    "tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json", "added_tokens.json",
  ]

  package var transformer: Checkpoint {
    get throws {
      guard let checkpoint else { throw ModelError(.unavailable, path, "has no transformer on this side") }
      return checkpoint
    }
  }

  /// - Parameters:
  ///   - root: the folder of the transformer, or of what stands in its place.
  ///   - tokenizerRoots: where the tokenizer may be; the first that holds one counts.
  init(checkpoint: Checkpoint?, root: ModelRoot, modules: [ModelModule], tokenizerRoots: [ModelRoot] = []) throws {
    self.checkpoint = checkpoint
    self.modules = modules
    path = root.full("")
    let roots = [root] + tokenizerRoots
    let holder = try roots.first { try $0.holds("tokenizer.json") || $0.holds("vocab.txt") } ?? root
    tokenizer = holder.full("")
    for name in Self.tokenizerFiles { try holder.note(name) }
    let settings = try Self.settings(root)
    let own = try settings?.integer("max_seq_length", in: 1...(1 << 20))
    let limits = [try own ?? Self.tokenizerLimit(holder), checkpoint?.configuration.positions].compactMap { $0 }
    maximumLength = limits.min()
    lowersCase = try settings?.bool("do_lower_case") ?? false
  }

  /// The file of sentence-transformers beside a transformer, by any of its names.
  static func settings(_ root: ModelRoot) throws -> JSONFields? {
    for kind in ["bert", "roberta", "distilbert"] {
      let name = "sentence_\(kind)_config.json"
      if try root.holds(name) { return try root.json(name) }
    }
    return nil
  }

  private static func tokenizerLimit(_ root: ModelRoot) throws -> Int? {
    guard try root.holds("tokenizer_config.json") else { return nil }
    let length = try root.json("tokenizer_config.json")["model_max_length"]?.number() ?? 0
    // A tokenizer without a limit says 1e30.
    return length >= 1 && length <= Double(1 << 20) ? Int(length) : nil
  }
}
