internal import Backends
internal import Codecs
internal import Dataflow
internal import Encoders
internal import Inference
internal import Tokenizers

/// Where a stage's encoder comes from: the native engine with a model's folder, or a child process. The one place that
/// knows both.
struct EncoderSource: Sendable {
  private enum Kind: Sendable {
    case native(EncoderModel)
    case backend(Backend)
  }

  private let kind: Kind
  private let folder: String?
  /// Of the native engine's model.
  private let modelResources: [String: Fingerprint]

  /// Throws `ModelError`, `OtherTokenizer`.
  init(_ stage: String, _ parameters: some ModelParameters, _ environment: StageEnvironment) throws {
    if let backend = parameters.backend {
      kind = .backend(.shared(backend))
      folder = nil
      modelResources = [:]
      return
    }
    guard let model = parameters.model else { preconditionFailure("checked with the parameters") }
    let loaded = try EncoderModels.load(model.path, precision: parameters.precision)
    try OtherTokenizer.check(stage, digest: loaded.tokenizerDigest, environment)
    kind = .native(loaded)
    folder = model.path
    modelResources = [ModelResources.model: loaded.digest, ModelResources.tokenizer: loaded.tokenizerDigest]
  }

  /// The model, where the native engine is used.
  var model: EncoderModel? { if case .native(let model) = kind { model } else { nil } }

  /// The query side of the native engine's model, without its weights; `nil` for a child process. Throws `ModelError`.
  func queries() throws -> EncoderModel? {
    guard let model else { return nil }
    return try EncoderModels.load(model.path, precision: model.precision, side: .queries)
  }

  /// (vocabulary): the table of an inference-free model, where queries are weighed by one. Throws `QuerySideMismatch` if
  /// its terms are not those of the passages.
  func queryTable(_ stage: String) throws -> [(token: [UInt8], weight: Float)]? {
    guard let model, let queries = try queries(), let weights = queries.termWeights else { return nil }
    guard queries.tokenizerDigest == model.tokenizerDigest else {
      throw QuerySideMismatch(
        description: "\(stage) weighs queries by the table of \(model.path), whose two sides have different tokenizers")
    }
    var entries: [(token: [UInt8], weight: Float)] = []
    for (id, weight) in weights.enumerated() {
      if let token = queries.tokenizer.token(Int32(id)) { entries.append((token: token, weight: weight)) }
    }
    return entries
  }

  /// The records of a batch as the encoder wants them, and their tokens, the unit of progress: the native engine's texts
  /// are cut here, a child process cuts its own and its tokens count as nothing.
  func input(_ batch: Batch) -> (input: EncoderInput, tokens: Int) {
    let input = EncoderInput(batch)
    guard let model, case .texts = input else { return (input, batch.tokens) }
    let tokens = TokenBatch(model.tokens(input))
    return (.tokens(tokens), tokens.tokens.count)
  }

  /// What decides the output of an encoder of this source.
  func resources(of encoder: any PassageEncoder) -> [String: Fingerprint] {
    if case .backend = kind { return [ModelResources.backend: encoder.digest] }
    return modelResources
  }

  /// Of the native engine; a child process answers for its numbers by what it says it is.
  var instructions: String? { model?.precision.instructions }

  /// What a query may need of this source.
  func models(needed: Bool) -> [ModelUse] {
    guard needed, let folder, let digest = modelResources[ModelResources.model] else { return [] }
    return [ModelUse(name: ModelResources.model, digest: digest, folder: folder)]
  }

  /// The tokenizer's file, where queries need no more than that.
  func attachments(needed: Bool) -> [Attachment] {
    guard needed, let model else { return [] }
    return [TokenizerFile.attachment(model.tokenizer, digest: model.tokenizerDigest)]
  }

  func sparse(_ method: SparseMethod, limits: BatchLimits) throws -> any SparseEncoder {
    switch kind {
    case .native(let model): try SparseTransformerEncoder(model, method, limits: limits)
    case .backend(let backend): try BackendSparseEncoder(backend)
    }
  }

  func expander(
    terms: Int, counting: TildeExpander.Counting, length: Int, limits: BatchLimits
  ) throws -> any Expander {
    switch kind {
    case .native(let model): try TildeExpander(model, terms: terms, counting: counting, length: length, limits: limits)
    case .backend(let backend): try BackendExpander(backend)
    }
  }

  func dense(length: Int?, plain: DenseTransformerEncoder.Plain, limits: BatchLimits) throws -> any DenseEncoder {
    switch kind {
    case .native(let model): try DenseTransformerEncoder(model, length: length, plain: plain, limits: limits)
    case .backend(let backend): try BackendDenseEncoder(backend)
    }
  }

  func tokenVectors(
    length: Int, queryLength: Int, masksPunctuation: Bool, limits: BatchLimits
  ) throws -> any TokenVectorEncoder {
    switch kind {
    case .native(let model):
      try ColBERTEncoder(
        model, length: length, queryLength: queryLength, masksPunctuation: masksPunctuation, limits: limits)
    case .backend(let backend): try BackendTokenVectorEncoder(backend)
    }
  }
}
