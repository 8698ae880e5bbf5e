internal import Codecs
internal import Dataflow
internal import Encoders
internal import Inference
internal import Kernels

extension EncoderInput {
  /// The records of a batch of passages, as texts or as tokens.
  init(_ batch: Batch) {
    if batch.type == TokenizedPassages.type.name {
      let passages = TokenizedPassages(batch)
      var tokens = TokenBatch()
      for row in 0..<passages.ids.count {
        let range = Int(passages.offsets[row])..<Int(passages.offsets[row + 1])
        tokens.append(passages.tokens[range].lazy.map { Int32(bitPattern: $0) })
      }
      self = .tokens(tokens)
    } else {
      self = .texts(Passages(batch).texts)
    }
  }

  /// The ids of a batch of passages, texts or tokens.
  static func ids(_ batch: Batch) -> ByteStrings {
    batch.type == TokenizedPassages.type.name ? TokenizedPassages(batch).ids : Passages(batch).ids
  }
}

/// Tokens that one tokenizer made, for a model that has another.
struct OtherTokenizer: ExitCoded, CustomStringConvertible {
  let stage: String
  let tokens: String
  let model: String
  var exitCode: ExitCode { .configuration }
  var description: String {
    "\(stage) has a model whose tokenizer has the digest \(model.prefix(12)), and its input comes from one with "
      + "\(tokens.prefix(12)): give both stages models with the same vocabulary"
  }

  /// Throws if the tokens that reach `stage` were made with another tokenizer than `digest`.
  static func check(_ stage: String, digest: Fingerprint, _ environment: StageEnvironment) throws {
    for before in environment.lineage.reversed() {
      guard let made = before.resources[ModelResources.tokenizer] ?? tokenizing(before) else { continue }
      if made == digest { return }
      throw OtherTokenizer(stage: stage, tokens: made.description, model: digest.description)
    }
  }

  private static func tokenizing(_ stage: StageDescription) -> Fingerprint? {
    stage.use == Tokenize.name || stage.use == CountTokens.name ? stage.resources["model"] : nil
  }
}

/// Names in `Stage.resources` of what belongs to a model.
enum ModelResources {
  /// Weights, configuration, tokenizer: everything, and the precision apart.
  static let model = "model"
  static let queryModel = "query-model"
  /// What a child process says it is.
  static let backend = "backend"
  /// `WordPieceTokenizer.canonicalDescription` alone.
  static let tokenizer = "tokenizer"
}
