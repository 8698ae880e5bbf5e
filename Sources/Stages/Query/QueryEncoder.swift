internal import Codecs
internal import Encoders
package import Kernels
package import Search

/// Turns a query's text into what an index is searched with, the way its contract says the passages were treated.
///
/// Small things that queries need (a vocabulary, inverse document frequencies) are in the index; weights are loaded with
/// the first query that needs them, from where `ModelLocations` says. Safe to use from several threads.
package struct QueryEncoder: Sendable {
  private let sparseSide: (any SparseQuerySide)?
  private let denseSide: DenseQuerySide?
  private let tokenSide: TokenQuerySide?

  /// - Parameters:
  ///   - generation: the generation's folder, for what the index keeps for its queries.
  ///   - models: where models are.
  /// Throws `Mismatch` where something that was given is not what the index was made with, `IndexContract.Unreadable`.
  package init(_ contract: IndexContract, generation: String, models: ModelLocations) throws {
    let context = QueryContext(contract: contract, generation: generation, models: models)
    if let stage = contract.stages.last(where: { stage in SparseQueries.stages.contains { $0.name == stage.use } }),
      let type = SparseQueries.stages.first(where: { $0.name == stage.use })
    {
      sparseSide = try type.querySide(stage, context)
    } else {
      sparseSide = contract.stage(using: ReadSparse.name) != nil ? GivenQuerySide() : nil
    }
    denseSide = try contract.stage(using: EncodeDense.name).map { try DenseQuerySide($0, context) }
    tokenSide = try contract.stage(using: EncodeColBERT.name).map { try TokenQuerySide($0, context) }
  }

  /// A query for the sparse side of the index. Throws `NotAvailable` where it does not know how, `Mismatch`.
  package func sparse(_ text: [UInt8]) throws -> Query {
    guard let sparseSide else { throw NotAvailable(side: "sparse vectors") }
    return try sparseSide.query(text)
  }

  /// A query for the dense side: (dimension). Throws `NotAvailable` where the index does not know how, `Mismatch`.
  package func dense(_ text: [UInt8]) throws -> [Float] {
    guard let denseSide else { throw NotAvailable(side: "dense vectors") }
    return try denseSide.vector(text)
  }

  /// A query for the token vectors: (count, dimension). Throws `NotAvailable` where the index does not know how, `Mismatch`.
  package func tokenVectors(_ text: [UInt8]) throws -> (values: [Float], count: Int) {
    guard let tokenSide else { throw NotAvailable(side: "token vectors") }
    return try tokenSide.vectors(text)
  }

  /// The index was not made by a stage that says how queries are encoded: its vectors came from elsewhere.
  package struct NotAvailable: ExitCoded, CustomStringConvertible {
    let side: String
    package var exitCode: ExitCode { .configuration }
    package var description: String {
      "the index does not say how queries get \(side): encode them as its passages were, and give --query-vectors"
    }
  }

  /// The query cannot be encoded as the index was.
  package struct Mismatch: ExitCoded, CustomStringConvertible {
    package var exitCode: ExitCode { .unavailable }
    package let description: String

    init(description: String) { self.description = description }

    /// `what` differs between the index and the query.
    init(_ what: String, index: String, query: String) {
      description = "\(what) differs: the index was made with \(index), the query comes with \(query)"
    }

    static func backend(_ stage: IndexContract.Stage) -> Mismatch {
      Mismatch(
        description:
          "stage `\(stage.name)` (\(stage.use)) was encoded by a child process, and an index starts none: give the job "
          + "that names it, with --job JOB.yaml")
    }
  }
}
