/// How a text becomes weights over a vocabulary: a cell of the learned-sparse framework (Nguyen, MacAvaney and Yates,
/// "A Unified Framework for Learned Sparse Retrieval", ECIR 2023), wide enough for TILDEv2, uniCOIL and SPLADE as their
/// authors' code builds them.
///
/// Its members are keys of a pipeline file and of an index's contract.
package struct SparseMethod: Codable, Sendable, Hashable {
  package enum Encoder: String, Codable, Sendable, CaseIterable {
    /// `scale` for each token of the text; no model.
    case binary
    /// norm(activation(W h_i + b)) for each token of the text.
    case mlp
    /// The same, over a text that was expanded before.
    case expMLP
    /// norm(activation(logits_i)) pooled over positions, for each token of the vocabulary.
    case mlm
    /// norm(activation(logits_0)), for each token of the vocabulary.
    case clsMLM
  }

  package enum Activation: String, Codable, Sendable, CaseIterable { case relu, softplus, identity }

  package enum Norm: String, Codable, Sendable, CaseIterable {
    case identity
    /// ln(1 + x).
    case log1p
    /// ln(1 + ln(1 + x)): inference-free models with an L0 loss.
    case log1pTwice = "log1p-twice"
  }

  /// What equal tokens of a text (`binary`, `mlp`, `expMLP`) or the positions (`mlm`) are combined by.
  package enum Pooling: String, Codable, Sendable, CaseIterable { case maximum, sum }

  /// What becomes of [CLS], [SEP] and the others, by the name of who does it.
  package enum SpecialTokens: String, Codable, Sendable, CaseIterable {
    /// Every position takes part and every term stays: naver/splade, Pyserini.
    case keep
    /// Special positions take part with logits of 0: the learned-sparse framework.
    case mask
    /// Every position takes part; the terms [UNK], [SEP], [PAD], [CLS], [MASK] are left out: OpenSearch.
    case zero
    /// Every position takes part; the terms [PAD], [CLS], [SEP] are left out: Anserini's SPLADE.
    case skipEnds = "skip-ends"
    /// The position of [CLS] is left out, [SEP] has a weight: uniCOIL.
    case skipClassifier = "skip-classifier"
    /// Positions of special tokens and of TILDE's stop words, symbols and `##s` are left out: TILDEv2.
    case skipStops = "skip-stops"
  }

  package var encoder = Encoder.mlm
  package var activation = Activation.relu
  package var norm = Norm.log1p
  package var pooling = Pooling.maximum
  package var special = SpecialTokens.keep
  /// Ids that go through the model, special ones included.
  package var length = 256
  /// What every weight is multiplied by: 0.3 for the framework's binary encoder.
  package var scale = 1.0
  /// Leaves out terms that the text does not have (SPLADE-lexical).
  package var lexical = false
  /// Keeps this many terms, the largest (SPLADE top-k).
  package var top: Int?
  /// Keeps weights above this part of the largest (OpenSearch's `max_ratio`); 0 keeps what is above 0.
  package var ratio = 0.0
  /// EPIC: logits times log1p(softplus(w h_i + b)), before pooling.
  package var importance = false
  /// EPIC: weights times sigmoid(w h_0 + b).
  package var quality = false

  package init() {}

  package init(
    _ encoder: Encoder, activation: Activation = .relu, norm: Norm = .log1p, pooling: Pooling = .maximum,
    special: SpecialTokens = .mask, length: Int = 256
  ) {
    self.encoder = encoder
    self.activation = activation
    self.norm = norm
    self.pooling = pooling
    self.special = special
    self.length = length
  }

  /// The first key that is wrong, and why.
  package var problem: (key: String, message: String)? {
    if length < 3 { return ("length", "must be at least 3: [CLS], a token, [SEP]") }
    if !(scale > 0 && scale.isFinite) { return ("scale", "must be above 0") }
    if let top, top < 1 { return ("top", "must be at least 1") }
    if !(0..<1).contains(ratio) { return ("ratio", "must be at least 0 and below 1") }
    if importance || quality, encoder != .mlm { return ("importance", "and `quality` belong to the encoder `mlm`") }
    if pooling == .sum, encoder == .mlm, activation != .relu || norm != .log1p || importance {
      return ("pooling", "`sum` over positions goes with `relu` and `log1p`")
    }
    if encoder == .clsMLM, special == .mask || special == .skipClassifier {
      return ("special", "\(special.rawValue) leaves out the only position that `clsMLM` reads")
    }
    return nil
  }

  /// Whether a model is needed at all.
  package var usesModel: Bool { encoder != .binary }
  /// Whether weights are of the text's tokens, not of the vocabulary.
  package var isOfTokens: Bool { encoder != .mlm && encoder != .clsMLM }
}
