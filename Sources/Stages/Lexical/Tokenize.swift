package import Codecs
package import Dataflow
package import Kernels
package import Tokenizers

/// Turns passages into the token ids of a model.
package struct Tokenize: MapStage {
  package static let name = "tokenize"
  package static let version = 1
  package static let summary = "turns passages into WordPiece ids of a model's vocabulary, without special tokens"
  package static let ports = [Port.stream("from", Passages.type)]
  package static let output = StageOutput.stream(TokenizedPassages.type)

  package struct Parameters: Codable, Sendable {
    /// A model's folder with `tokenizer.json` or `vocab.txt`.
    package let model: ResourcePath
  }

  package let parameters: Parameters
  package let resources: [String: Fingerprint]
  private let tokenizer: WordPieceTokenizer

  package init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    tokenizer = try WordPieceTokenizer(directory: parameters.model.path)
    resources = ["model": Fingerprint.of(tokenizer.canonicalDescription)]
  }

  package func map(_ inputs: StageInputs) throws -> Batch {
    let passages = Passages(inputs.stream())
    var offsets: [UInt32] = [0]
    var tokens: [Int32] = []
    for row in 0..<passages.ids.count {
      tokenizer.encode(Array(passages.texts[row]), into: &tokens)
      offsets.append(UInt32(tokens.count))
    }
    return TokenizedPassages(
      ids: passages.ids, offsets: offsets, tokens: tokens.map { UInt32(bitPattern: $0) }
    ).batch()
  }
}

extension Tokenize: ExplainingStage {
  package func explain(_ inputs: StageInputs) throws -> [ExplanationTable] {
    try ExplanationTable.pieces(TokenizedPassages(map(inputs))) { id in
      tokenizer.token(id).map { String(decoding: $0, as: UTF8.self) } ?? String(id)
    }
  }
}

extension WordPieceError: ExitCoded {
  package var exitCode: ExitCode { kind == .missing ? .unavailable : .badData }
}
