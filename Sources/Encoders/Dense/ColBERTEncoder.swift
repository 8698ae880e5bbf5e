package import Codecs
internal import Inference
internal import Kernels
internal import Tokenizers

/// ColBERT's token vectors: a linear projection of each token's state to `dimension` numbers, normalised to length 1.
/// Khattab and Zaharia, SIGIR 2020; Santhanam et al., "ColBERTv2", NAACL 2022, as `colbert-ai` does it.
///
/// A passage is `[CLS] [unused1] ids [SEP]`, `length` ids at most; positions of ASCII punctuation have no vector. A query
/// is `[CLS] [unused0] ids [SEP]` filled up to `queryLength` ids with [MASK]; every position has a vector. The masks
/// look at the words, and nobody looks at the masks.
package struct ColBERTEncoder: TokenVectorEncoder {
  static let queryMark: Int32 = 1
  static let passageMark: Int32 = 2

  private let model: EncoderModel
  private let length: Int
  private let queryLength: Int
  private let limits: BatchLimits
  private let skipped: TokenFilter
  private let maskID: Int32

  /// Throws `EncoderModel.Unsuitable`.
  package init(
    _ model: EncoderModel, length: Int = 220, queryLength: Int = 32, masksPunctuation: Bool = true,
    limits: BatchLimits = BatchLimits()
  ) throws {
    try model.require(.tokenProjection, length: max(length, queryLength))
    guard let mask = model.tokenizer.maskID else {
      throw EncoderModel.Unsuitable(path: model.path, detail: "has no [MASK], which fills up ColBERT's queries")
    }
    maskID = mask
    self.model = model
    self.length = length
    self.queryLength = queryLength
    self.limits = limits
    let padding = TokenFilter(vocabularySize: model.vocabularySize).excluding([model.tokenizer.paddingID])
    skipped = masksPunctuation ? padding.union(.punctuation(model.tokenizer)) : padding
  }

  package var digest: Fingerprint { model.digest }
  package var dimension: Int { model.projectionWidth }

  package func encode(_ input: EncoderInput) throws -> TokenVectors {
    let sequences = model.sequences(input, length: length - 1).map { marked($0, with: Self.passageMark) }
    var results = [[Float]](repeating: [], count: sequences.count)
    for batch in limits.plan(sequences.map(\.count)) {
      let states = try model.states(TokenBatch(batch.map { sequences[$0] }))
      let vectors = try model.projected(states)
      for (row, index) in batch.enumerated() {
        for (position, token) in sequences[index].enumerated() where !skipped.excludes(token) {
          results[index] += normalised(vectors.row(states.offsets[row] + position))
        }
      }
    }
    var vectors = TokenVectors()
    for result in results {
      vectors.values += result
      vectors.offsets.append(UInt32(vectors.values.count / dimension))
    }
    return vectors
  }

  /// The vectors of a query: (count, dimension).
  package func encodeQuery(_ text: [UInt8]) throws -> [Float] {
    let ids = model.tokenizer.encode(text)
    let sequence = marked(model.tokenizer.withSpecials(ids, maxLength: queryLength - 1), with: Self.queryMark)
    let masks = [Int32](repeating: maskID, count: queryLength - sequence.count)
    let states = try model.states(sequence + masks, attended: sequence.count)
    let vectors = try model.projected(states)
    return (0..<queryLength).flatMap { normalised(vectors.row($0)) }
  }

  private func marked(_ sequence: [Int32], with mark: Int32) -> [Int32] {
    [sequence[0], mark] + sequence.dropFirst()
  }

  private func normalised(_ vector: [Float]) -> [Float] {
    let norm = max(vector.reduce(0) { $0 + $1 * $1 }.squareRoot(), 1e-12)
    return vector.map { $0 / norm }
  }
}
