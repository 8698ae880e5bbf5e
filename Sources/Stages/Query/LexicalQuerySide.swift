internal import Search
internal import Tokenizers

/// Queries through the analyser that the passages went through. Every term counts as often as it occurs.
struct LexicalQuerySide: SparseQuerySide {
  let pool: AnalyzerPool

  func query(_ text: [UInt8]) throws -> Query {
    var terms: [[UInt8]] = []
    try pool.withAnalyzer { analyzer in
      analyzer.analyze(text) { term in
        var bytes: [UInt8] = []
        for index in term.indices { bytes.append(term[index]) }
        terms.append(bytes)
      }
    }
    return try Query(terms: terms)
  }
}

/// Queries as WordPieces, each as often as it occurs.
struct WordPieceQuerySide: SparseQuerySide {
  let tokenizer: WordPieceTokenizer

  func query(_ text: [UInt8]) throws -> Query {
    try Query(terms: tokenizer.encode(text).compactMap { tokenizer.token($0) })
  }
}

extension EncodeBM25: SparseQueryStage {
  static func querySide(_ stage: IndexContract.Stage, _ context: QueryContext) throws -> any SparseQuerySide {
    if let counts = context.contract.stage(using: CountTokens.name) {
      return WordPieceQuerySide(tokenizer: try context.tokenizer(of: counts))
    }
    guard let name = context.contract.stage(using: Analyze.name)?.parameters["analyzer"]?.string else {
      throw IndexContract.Unreadable()
    }
    return LexicalQuerySide(pool: try AnalyzerPool { try TextAnalyzers.named(name) })
  }
}
