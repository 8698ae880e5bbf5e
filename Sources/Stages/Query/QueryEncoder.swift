internal import Codecs
internal import Interchange
package import Kernels
package import Search
internal import Tokenizers

/// Turns a query's text into terms the way the index's contract says its passages were.
package struct QueryEncoder: Sendable {
  private enum Side: Sendable {
    case lexical(AnalyzerPool)
    case wordPieces(WordPieceTokenizer)
    /// The text is the vector.
    case vectors
  }

  private let side: Side

  /// - Parameter model: a model's folder, for an index over WordPieces. Throws `Mismatch` if it is not the index's.
  package init(_ contract: IndexContract, model: String? = nil) throws {
    if let stage = contract.stage(using: Analyze.name), let name = stage.parameters["analyzer"]?.string {
      side = .lexical(try AnalyzerPool { try TextAnalyzers.named(name) })
    } else if let stage = contract.stage(using: CountTokens.name) {
      side = .wordPieces(try Self.tokenizer(model, digest: stage.resources["model"] ?? ""))
    } else if contract.stage(using: ReadSparse.name, ReadDense.name) != nil {
      side = .vectors
    } else {
      throw IndexContract.Unreadable()
    }
  }

  private static func tokenizer(_ model: String?, digest: String) throws -> WordPieceTokenizer {
    guard let model else {
      throw Mismatch(description: "the index is over WordPieces: give the model's folder with --model DIR")
    }
    let tokenizer = try WordPieceTokenizer(directory: model)
    let own = Fingerprint.of(tokenizer.canonicalDescription).description
    guard own == digest else {
      throw Mismatch(
        description:
          "the index was made with a tokenizer of digest \(digest.prefix(12)), \(model) has \(own.prefix(12))")
    }
    return tokenizer
  }

  /// A query for the sparse side of the index. Throws `NotAvailable` where it has none.
  package func sparse(_ text: [UInt8]) throws -> Query { try encode(text) }

  /// A query for the dense side: (dimension). Throws `NotAvailable` where the index has none.
  package func dense(_ text: [UInt8]) throws -> [Float] { throw NotAvailable(side: "dense vectors") }

  /// A query for the token vectors: (count, dimension). Throws `NotAvailable` where the index has none.
  package func tokenVectors(_ text: [UInt8]) throws -> (values: [Float], count: Int) {
    throw NotAvailable(side: "token vectors")
  }

  /// The index lacks what the search was to use.
  package struct NotAvailable: ExitCoded, CustomStringConvertible {
    let side: String
    package var exitCode: ExitCode { .configuration }
    package var description: String { "the index has no \(side)" }
  }

  /// The query cannot be encoded as the index was.
  package struct Mismatch: ExitCoded, CustomStringConvertible {
    package var exitCode: ExitCode { .unavailable }
    package let description: String
  }

  /// - Parameters:
  ///   - generation: the generation's folder, for what the index keeps for its queries.
  ///   - models: where models are. Weights are loaded when the first query needs them.
  package init(_ contract: IndexContract, generation: String, models: ModelLocations) throws {
    let digest = contract.stage(using: CountTokens.name)?.resources["model"] ?? ""
    try self.init(contract, model: models.folder(stage: CountTokens.name, digest: digest))
  }

  /// Every term counts as often as it occurs.
  package func encode(_ text: [UInt8]) throws -> Query {
    var terms: [[UInt8]] = []
    switch side {
    case .lexical(let pool):
      try pool.withAnalyzer { analyzer in
        analyzer.analyze(text) { term in
          var bytes: [UInt8] = []
          for index in term.indices { bytes.append(term[index]) }
          terms.append(bytes)
        }
      }
    case .wordPieces(let tokenizer):
      terms = tokenizer.encode(text).compactMap { tokenizer.token($0) }
    case .vectors: return try QueryVectorText.sparse(text)
    }
    return try Query(terms: terms)
  }
}
