internal import Inference

extension EncoderModel {
  /// What the folder itself says of norm and pooling over the vocabulary (sentence-transformers' SpladePooling, the
  /// learned-sparse framework's settings); `nil` where it says nothing.
  package var declaredMethod: SparseMethod? {
    let declares = side.modules.contains { module in
      switch module {
      case .spladePooling, .learnedSparse: true
      default: false
      }
    }
    return declares ? suggestedMethod() : nil
  }

  /// The sparse method that a model's folder says or its heads suggest: the learned-sparse framework's settings,
  /// sentence-transformers' SpladePooling, TILDEv2 for a head of one number a token, SPLADE for a vocabulary head.
  ///
  /// - Parameter length: ids that go through the model; without it, what the folder says, and at most 256.
  package func suggestedMethod(length: Int? = nil) -> SparseMethod {
    var method = SparseMethod()
    method.length = length ?? min(side.maximumLength ?? 256, 256)
    for module in side.modules {
      switch module {
      case .learnedSparse(let settings): method.take(settings)
      case .spladePooling(let settings):
        method.pooling = settings.strategy == .maximum ? .maximum : .sum
        method.norm = settings.logarithms == 2 ? .log1pTwice : .log1p
      default: break
      }
    }
    let isFramework = side.modules.contains { if case .learnedSparse = $0 { true } else { false } }
    if !isFramework, side.checkpoint?.hasVocabularyHead != true {
      let length = length ?? 192
      method = SparseMethod(.expMLP, norm: .identity, special: .skipStops, length: length)
    }
    method.length = min(method.length, side.checkpoint?.configuration.positions ?? method.length)
    return method
  }
}

extension SparseMethod {
  /// The settings of one encoder of the learned-sparse framework.
  fileprivate mutating func take(_ settings: LearnedSparseSettings) {
    encoder =
      switch settings.encoder {
      case .binary: .binary
      case .mlp: .mlp
      case .mlm: .mlm
      case .firstTokenMLM: .clsMLM
      }
    activation =
      switch settings.activation {
      case .softplus: .softplus
      case .none: .identity
      default: .relu
      }
    norm = settings.norm == .log1p ? .log1p : .identity
    pooling = settings.pooling == .maximum ? .maximum : .sum
    // Position 0 is all that CLS_MLM reads, and nothing masks it.
    special = encoder == .clsMLM ? .keep : .mask
    importance = settings.hasTermImportance
    quality = settings.hasDocumentQuality
    if encoder == .binary { scale = Double(settings.scale) }
  }
}
