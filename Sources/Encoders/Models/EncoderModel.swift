package import Codecs
package import Inference
package import Kernels
package import Tokenizers

/// A model of the native engine with its tokenizer and heads. Weights are read when they are first needed, and shared by
/// all threads and stages (`EncoderModels`).
package final class EncoderModel: Sendable {
  /// What encoders need beside the transformer.
  package enum Head: Sendable {
    case vocabulary
    /// One number a token: `tok_proj` (TILDEv2, uniCOIL) or `linear` (learned-sparse framework).
    case tokenWeight
    /// DeepImpact's.
    case wordImpact
    /// Several numbers a token: ColBERT's `linear`.
    case tokenProjection
  }

  package let path: String
  package let precision: Precision
  /// Of all files that decide what the model computes.
  package let digest: Fingerprint
  package let tokenizer: WordPieceTokenizer
  package let tokenizerDigest: Fingerprint
  let side: ModelSide
  private let transformer: Lazy<Transformer>
  private let vocabulary: Lazy<VocabularyHead>
  private let heads: [LinearHeadName: Lazy<LinearHead>]

  init(_ folder: ModelFolder, _ side: ModelSide, precision: Precision, digest: Fingerprint) throws {
    path = folder.path
    self.precision = precision
    self.digest = digest
    self.side = side
    tokenizer = try WordPieceTokenizer(directory: side.tokenizer)
    tokenizerDigest = Fingerprint.of(tokenizer.canonicalDescription)
    transformer = Lazy { try Transformer(side.transformer, precision: precision) }
    vocabulary = Lazy { try VocabularyHead(side.transformer, precision: precision) }
    let names = side.checkpoint?.linearHeads.map(\.name) ?? []
    heads = Dictionary(
      uniqueKeysWithValues: names.map { name in
        // Small heads: what 8 bits save there is nothing, what they cost is every weight.
        (name, Lazy { try LinearHead(side.transformer, name) })
      })
  }

  /// A model that cannot do what a stage asks for.
  package struct Unsuitable: ExitCoded, CustomStringConvertible {
    package let path: String
    package let detail: String
    package var exitCode: ExitCode { .unavailable }
    package var description: String { "\(path): \(detail)" }
  }

  /// Throws `Unsuitable` if the model lacks the head or takes fewer than `length` ids.
  package func require(_ head: Head?, length: Int) throws {
    guard let head else { return }
    let checkpoint = try side.transformer
    let positions = checkpoint.configuration.positions
    guard length <= positions else {
      throw Unsuitable(path: path, detail: "takes \(positions) ids at most, and `length` is \(length)")
    }
    let hasHead =
      switch head {
      case .vocabulary: checkpoint.hasVocabularyHead
      case .tokenWeight: tokenWeightHead != nil
      case .wordImpact: heads[.impactScoreEncoder] != nil
      case .tokenProjection: projectionHead != nil
      }
    guard hasHead else {
      let what =
        switch head {
        case .vocabulary: "a vocabulary head (cls.predictions or vocab_transform)"
        case .tokenWeight: "a head of one number a token (tok_proj or linear)"
        case .wordImpact: "DeepImpact's head (impact_score_encoder)"
        case .tokenProjection: "a projection of tokens (linear)"
        }
      throw Unsuitable(path: path, detail: "lacks \(what), which this stage needs")
    }
  }

  package var vocabularySize: Int { side.checkpoint?.configuration.vocabularySize ?? tokenizer.vocabularySize }

  var paddingID: Int32? { tokenizer.paddingID }

  /// An id as the vocabulary has it.
  package func name(of id: Int32) -> String {
    tokenizer.token(id).map { String(decoding: $0, as: UTF8.self) } ?? "\(id)"
  }

  // MARK: Tokens

  /// The ids of each passage, without special ones.
  package func tokens(_ input: EncoderInput) -> [[Int32]] {
    switch input {
    case .tokens(let batch): (0..<batch.count).map { Array(batch.tokens[batch.offsets[$0]..<batch.offsets[$0 + 1]]) }
    case .texts(let texts): texts.map { text in tokenizer.encode(side.lowersCase ? Self.lowered(text) : Array(text)) }
    }
  }

  private static func lowered(_ text: ArraySlice<UInt8>) -> [UInt8] {
    Array(String(decoding: text, as: UTF8.self).lowercased().utf8)
  }

  /// `[CLS] ids [SEP]` of each passage, `length` ids at most.
  package func sequences(_ input: EncoderInput, length: Int) -> [[Int32]] {
    tokens(input).map { tokenizer.withSpecials($0, maxLength: length) }
  }

  // MARK: Numbers

  package func states(_ batch: TokenBatch, of wanted: WantedTokens = .all) throws -> HiddenStates {
    try transformer.value().states(batch, of: wanted)
  }

  /// See `Transformer.states(_:attended:)`.
  func states(_ sequence: [Int32], attended: Int) throws -> HiddenStates {
    try transformer.value().states(sequence, attended: attended)
  }

  /// See `VocabularyHead.pooled`; (sequences, vocabulary).
  func vocabularyPooled(
    _ states: HiddenStates, _ pooling: Pooling, _ activation: Activation, scales: [Float]? = nil,
    counted: [UInt8]? = nil
  ) throws -> FloatBuffer {
    try vocabulary.value().pooled(states, pooling: pooling, activation: activation, scales: scales, counted: counted)
  }

  /// (tokens): W h + b.
  func tokenWeights(_ states: HiddenStates) throws -> [Float] { try apply(tokenWeightHead, states.buffer) }

  /// (rows): DeepImpact's weight of each row, not below 0.
  func wordImpacts(_ rows: FloatBuffer) throws -> [Float] {
    try apply(.impactScoreEncoder, rows).map { max(0, $0) }
  }

  /// (tokens): EPIC's, before softplus.
  func termImportance(_ states: HiddenStates) throws -> [Float] { try apply(.termImportance, states.buffer) }

  /// (rows): EPIC's, before the sigmoid.
  func documentQuality(_ rows: FloatBuffer) throws -> [Float] { try apply(.documentQuality, rows) }

  /// (tokens, `projectionWidth`).
  func projected(_ states: HiddenStates) throws -> FloatBuffer {
    guard let name = projectionHead, let head = heads[name] else { throw missing }
    return try head.value().apply(states, activation: .none)
  }

  private func apply(_ name: LinearHeadName?, _ rows: FloatBuffer) throws -> [Float] {
    guard let name, let head = heads[name] else { throw missing }
    return try head.value().apply(rows, activation: .none).values
  }

  private var missing: Unsuitable { Unsuitable(path: path, detail: "lacks a head that this stage needs") }

  private func outputs(_ name: LinearHeadName) -> Int? {
    side.checkpoint?.linearHeads.first { $0.name == name }?.outputs
  }

  private var tokenWeightHead: LinearHeadName? { [.tokenProjection, .linear].first { outputs($0) == 1 } }

  private var projectionHead: LinearHeadName? { [.linear, .tokenProjection].first { (outputs($0) ?? 0) > 1 } }

  package var projectionWidth: Int { projectionHead.flatMap(outputs) ?? 0 }
}
