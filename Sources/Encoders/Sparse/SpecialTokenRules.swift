internal import Tokenizers

extension SparseMethod.SpecialTokens {
  /// Positions that take no part, by their ids.
  func skippedPositions(_ tokenizer: WordPieceTokenizer) -> TokenFilter {
    let nothing = TokenFilter(vocabularySize: tokenizer.vocabularySize)
    return switch self {
    case .keep, .zero, .skipEnds: nothing
    case .mask: nothing.excluding([tokenizer.paddingID, tokenizer.classifierID, tokenizer.separatorID])
    case .skipClassifier: nothing.excluding([tokenizer.paddingID, tokenizer.classifierID])
    case .skipStops: TokenFilter.specialTokens(tokenizer).union(.tildeIndex(tokenizer))
    }
  }

  /// Terms that are left out of the result.
  func skippedTerms(_ tokenizer: WordPieceTokenizer) -> TokenFilter {
    let nothing = TokenFilter(vocabularySize: tokenizer.vocabularySize)
    return switch self {
    case .zero: TokenFilter.specialTokens(tokenizer)
    case .skipEnds: nothing.excluding([tokenizer.paddingID, tokenizer.classifierID, tokenizer.separatorID])
    case .keep, .mask, .skipClassifier, .skipStops: nothing
    }
  }
}
