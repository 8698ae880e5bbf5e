internal import Codecs
internal import Kernels

/// What `pipeline models check` says of a folder.
package struct ModelReport: Encodable {
  package struct Side: Encodable {
    package let architecture: String?
    package let layers, width, attentionHeads, vocabulary, positions, parameters: Int?
    package let maximumLength: Int?
    package let weights: [String]
    package let heads: [String]
    package let modules: [String]
    package let tokenizer: String
    package let ignored: [String]
    /// Stages and commands that can use it.
    package let can: [String]
  }

  package let path: String
  package let layout: String
  package let digest: String
  package let documents: Side
  /// `nil` where queries go the documents' way.
  package let queries: Side?
  package let prompts: [String: String]?

  package init(_ folder: ModelFolder) throws {
    path = folder.path
    layout = folder.layout.rawValue
    digest = try folder.digest().description
    documents = Side(folder.documents)
    let isOne = folder.layout == .checkpoint || folder.layout == .sentenceTransformers
    queries = isOne ? nil : Side(folder.queries)
    prompts = folder.prompts.isEmpty ? nil : folder.prompts
  }
}

extension ModelReport.Side {
  init(_ side: ModelSide) {
    let checkpoint = side.checkpoint
    let shape = checkpoint?.configuration
    architecture = shape.map { $0.architectures.first ?? $0.family.rawValue }
    (layers, width, attentionHeads) = (shape?.layers, shape?.width, shape?.heads)
    (vocabulary, positions, parameters) = (shape?.vocabularySize, shape?.positions, checkpoint?.parameters)
    maximumLength = side.maximumLength
    weights = checkpoint?.formats.map(\.rawValue) ?? []
    heads = Self.heads(checkpoint)
    modules = side.modules.map { Self.describe($0) }
    tokenizer = side.tokenizer
    ignored = checkpoint?.ignored.map { "\($0.name): \($0.reason)" } ?? []
    can = Self.abilities(side)
  }

  private static func heads(_ checkpoint: Checkpoint?) -> [String] {
    guard let checkpoint else { return [] }
    var heads: [String] = []
    if checkpoint.hasVocabularyHead {
      heads.append("vocabulary (\(checkpoint.isTied ? "tied to the word embeddings" : "its own weights"))")
    }
    for head in checkpoint.linearHeads { heads.append("\(head.name.rawValue) (\(head.outputs))") }
    return heads
  }

  private static func describe(_ module: ModelModule) -> String {
    switch module {
    case .pooling(let settings): "Pooling (\(settings.modes.map(\.rawValue).joined(separator: ", ")))"
    case .dense(let settings): "Dense (\(settings.inputs) to \(settings.outputs), \(settings.activation))"
    case .normalize: "Normalize"
    case .spladePooling(let settings):
      "SpladePooling (\(settings.strategy.rawValue), \(settings.logarithms == 1 ? "one logarithm" : "two logarithms"))"
    case .staticEmbedding(let table):
      switch table.weights {
      case .ids(let weights): "a weight for each of \(weights.count) terms"
      case .terms(let terms): "a weight for each of \(terms.count) terms"
      }
    case .learnedSparse(let settings):
      "encoder \(settings.encoder.rawValue) (activation \(settings.activation), norm \(settings.norm.rawValue), "
        + "pooling \(settings.pooling.rawValue), scale \(settings.scale))"
    }
  }

  private static func abilities(_ side: ModelSide) -> [String] {
    var result: [String] = []
    for module in side.modules {
      switch module {
      case .pooling: result.append("encode.dense")
      case .staticEmbedding: result.append("queries without inference")
      case .learnedSparse: result.append("encode.sparse")
      default: break
      }
    }
    guard let checkpoint = side.checkpoint else { return result }
    if checkpoint.hasVocabularyHead { result += ["encode.splade", "encode.sparse (mlm, clsMLM)", "expand.tilde"] }
    for head in checkpoint.linearHeads {
      switch head.name {
      case .tokenProjection where head.outputs == 1: result += ["encode.tildev2", "encode.unicoil"]
      case .linear where head.outputs == 1: result.append("encode.sparse (mlp)")
      case .linear: result.append("encode.colbert")
      case .impactScoreEncoder: result.append("encode.deepimpact")
      default: break
      }
    }
    return result
  }
}
