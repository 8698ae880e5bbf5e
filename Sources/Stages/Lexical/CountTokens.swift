package import Codecs
package import Dataflow
internal import Kernels
internal import Tokenizers

/// Term counts of tokenized passages: WordPieces as terms, for BM25 over WordPieces and for idf files.
package struct CountTokens: MapStage, AttachingStage {
  package static let name = "count"
  package static let version = 1
  package static let summary = "counts the tokens of tokenized passages, so that WordPieces become terms"
  package static let ports = [Port.stream("from", TokenizedPassages.type)]
  package static let output = StageOutput.stream(TermCounts.type)

  package typealias Parameters = Tokenize.Parameters

  package let parameters: Parameters
  package let resources: [String: Fingerprint]
  private let tokenizer: WordPieceTokenizer

  package init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    tokenizer = try WordPieceTokenizer(directory: parameters.model.path)
    resources = ["model": Fingerprint.of(tokenizer.canonicalDescription)]
  }

  package var attachments: [Attachment] {
    resources["model"].map { [TokenizerFile.attachment(tokenizer, digest: $0)] } ?? []
  }

  package func map(_ inputs: StageInputs) throws -> Batch {
    let passages = TokenizedPassages(inputs.stream())
    var result = TermCounts()
    result.ids = passages.ids
    var table = VocabularyTable()
    var counts: [UInt32] = []
    for row in 0..<passages.ids.count {
      let first = result.terms.count
      let range = Int(passages.offsets[row])..<Int(passages.offsets[row + 1])
      for token in passages.tokens[range] {
        guard let bytes = tokenizer.token(Int32(bitPattern: token)) else { throw UnknownToken(id: token) }
        let number = Int(table.number(of: bytes.span))
        if number == counts.count { counts.append(0) }
        if counts[number] == 0 { result.terms.append(UInt32(number)) }
        counts[number] += 1
      }
      for term in result.terms[first...] {
        result.counts.append(counts[Int(term)])
        counts[Int(term)] = 0
      }
      result.offsets.append(UInt32(result.terms.count))
      result.lengths.append(UInt32(range.count))
    }
    result.vocabulary = table.strings
    return result.batch()
  }

  /// Tokens that another vocabulary made.
  struct UnknownToken: ExitCoded, CustomStringConvertible {
    let id: UInt32
    var exitCode: ExitCode { .configuration }
    var description: String { "token \(id) is not in the vocabulary: `tokenize` and `count` must name the same model" }
  }
}
