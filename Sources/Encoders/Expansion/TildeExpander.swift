package import Codecs
internal import Inference
internal import Kernels
internal import Tokenizers

/// TILDE's passage expansion: the terms of the largest vocabulary logits at position 0 that the passage lacks.
///
/// Zhuang and Zuccon, "Fast Passage Re-ranking with Contextualized Exact Term Matching and Efficient Passage
/// Expansion", 2021, as `expansion.py` of its authors does it:
/// 1. `[CLS] passage [SEP]`, cut to `length` ids in all; then the first id becomes 1, "[unused0]", which marks passages
///    (2 marks queries).
/// 2. The `terms` largest logits at position 0, descending; equal ones by their ids.
/// 3. Of these, in their order, what is neither among the passage's ids nor in `TokenFilter.tildeExpansion`. `terms`
///    counts before this, unless `Counting` says otherwise.
/// The expanded passage is the ids without the first, the [SEP] among them, then the terms.
package struct TildeExpander: Expander {
  /// What replaces [CLS] in front of a passage.
  static let passageMark: Int32 = 1

  /// What `terms` counts.
  package enum Counting: String, Codable, Sendable, CaseIterable {
    /// The largest logits, before anything is taken out: the authors' code.
    case proposed
    /// The terms that are added: what a passage has and what is never added is out of the question beforehand. For
    /// models whose logits of such terms were never trained, as those of the embedded one.
    case added
  }

  private let model: EncoderModel
  private let counting: Counting
  private let terms: Int
  private let length: Int
  private let limits: BatchLimits
  /// The vocabulary's ids that are never added.
  private let excluded: [Int32]

  /// Throws `EncoderModel.Unsuitable` if the model has no vocabulary head or fewer positions.
  package init(
    _ model: EncoderModel, terms: Int = 200, counting: Counting = .proposed, length: Int = 128,
    limits: BatchLimits = BatchLimits()
  ) throws {
    try model.require(.vocabulary, length: length)
    self.model = model
    self.counting = counting
    self.terms = min(terms, model.vocabularySize)
    self.length = length
    self.limits = limits
    let filter = TokenFilter.tildeExpansion(model.tokenizer)
    excluded = (0..<Int32(model.vocabularySize)).filter { filter.excludes($0) }
  }

  package var digest: Fingerprint { model.digest }

  package func expand(_ input: EncoderInput) throws -> [Expansion] {
    let sequences = model.sequences(input, length: length).map { sequence in
      var sequence = sequence
      sequence[0] = Self.passageMark
      return sequence
    }
    var expansions = [Expansion](
      repeating: Expansion(passage: [], terms: [], scores: []), count: sequences.count)
    for batch in limits.plan(sequences.map(\.count)) {
      let states = try model.states(TokenBatch(batch.map { sequences[$0] }), of: .first)
      let logits = try model.vocabularyPooled(states, .first, .none)
      for (row, index) in batch.enumerated() { expansions[index] = expansion(of: sequences[index], logits, row) }
    }
    return expansions
  }

  /// Spoils the row of `logits`.
  private func expansion(of sequence: [Int32], _ logits: FloatBuffer, _ row: Int) -> Expansion {
    if counting == .added { leaveOut(sequence, logits, row) }
    var best = logits.withRow(row) { TopTerms.of($0, count: terms) }
    if counting == .proposed { leaveOut(sequence, logits, row) }
    logits.withRow(row) { left in best.removeAll { left[Int($0.term)] == -.infinity } }
    let padding = model.paddingID
    return Expansion(
      passage: sequence.dropFirst().filter { $0 != padding }, terms: best.map(\.term), scores: best.map(\.value))
  }

  /// Makes infinitely small what a passage has and what is never added.
  private func leaveOut(_ sequence: [Int32], _ logits: FloatBuffer, _ row: Int) {
    logits.fill(row: row, columns: excluded, with: -.infinity)
    logits.fill(row: row, columns: sequence, with: -.infinity)
  }
}
