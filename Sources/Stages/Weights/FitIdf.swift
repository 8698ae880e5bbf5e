package import Codecs
package import Dataflow
internal import Kernels
internal import Tokenizers

/// Inverse document frequencies of a model's vocabulary over the collection, by the rule of OpenSearch's `idf.json`:
/// ln(1 + (N - df + 0.5) / (df + 0.5)), and 1 for tokens that no passage has. `shard` keeps them with the index.
package struct FitIdf: FitStage {
  package static let name = "fit.idf"
  package static let version = 1
  package static let summary = "inverse document frequencies of a vocabulary, for queries without a model; an idf.json"
  package static let ports = [Port.stream("from", TermCounts.type)]
  package static let output = StageOutput.artifact(kind)
  static let kind = "idf"

  package struct Parameters: Codable, Sendable {
    /// The folder whose vocabulary gives the tokens and their order.
    package let model: ResourcePath
  }

  package let parameters: Parameters
  package let resources: [String: Fingerprint]
  private let tokenizer: WordPieceTokenizer
  private let frequencies: FitDocumentFrequencies

  package init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    tokenizer = try WordPieceTokenizer(directory: parameters.model.path)
    let digest = Fingerprint.of(tokenizer.canonicalDescription)
    resources = [ModelResources.tokenizer: digest]
    frequencies = try FitDocumentFrequencies(parameters: NoParameters(), environment: environment)
    try OtherTokenizer.check(Self.name, digest: digest, environment)
  }

  package func contribute(_ inputs: StageInputs, to path: String, attempt: Int) throws -> FileSeal {
    try frequencies.contribute(inputs, to: path, attempt: attempt)
  }

  package func combine(_ reduction: Reduction, to path: String, attempt: Int) throws -> FileSeal {
    let sums = path + ".frequencies"
    _ = try frequencies.combine(reduction, to: sums, attempt: attempt)
    defer { try? FileSystem.removeFile(sums) }
    let table = try DocumentFrequencies(path: sums)
    let entries = (0..<Int32(tokenizer.vocabularySize)).compactMap { id -> (token: [UInt8], weight: Float)? in
      guard let token = tokenizer.token(id) else { return nil }
      let frequency = table.frequency(of: token.span)
      return (token, frequency == 0 ? 1 : Float(table.inverseFrequency(frequency)))
    }
    return try IdfTable.write(entries, to: path, attempt: attempt)
  }
}
