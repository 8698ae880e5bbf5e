internal import Codecs
package import Dataflow
package import Kernels
package import Tokenizers

/// Turns passages into term counts with a lexical analyser.
package struct Analyze: MapStage {
  package static let name = "analyze"
  package static let version = 1
  package static let summary =
    "counts the terms that a lexical analyser finds: \(TextAnalyzers.all.map { $0.name }.joined(separator: ", "))"
  package static let ports = [Port.stream("from", Passages.type)]
  package static let output = StageOutput.stream(TermCounts.type)

  package struct Parameters: Codable, Sendable {
    package let analyzer: String
  }

  package let parameters: Parameters
  private let pool: AnalyzerPool

  package init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    let name = parameters.analyzer
    pool = try AnalyzerPool { try TextAnalyzers.named(name) }
  }

  package func map(_ inputs: StageInputs) throws -> Batch {
    let passages = Passages(inputs.stream())
    return try pool.withAnalyzer { analyzer in try Self.count(passages, with: &analyzer).batch() }
  }

  /// The term counts of `passages`.
  static func count(_ passages: Passages, with analyzer: inout any TextAnalyzer) throws -> TermCounts {
    var result = TermCounts()
    var table = VocabularyTable()
    /// (vocabulary): the term's count in this passage.
    var counts: [UInt32] = []
    for row in 0..<passages.ids.count {
      let first = result.terms.count
      var length: UInt32 = 0
      let start = Int(passages.texts.offsets[row])
      let end = Int(passages.texts.offsets[row + 1])
      analyzer.analyze(passages.texts.data.span.extracting(start..<end)) { term in
        let number = Int(table.number(of: term))
        if number == counts.count { counts.append(0) }
        if counts[number] == 0 { result.terms.append(UInt32(number)) }
        counts[number] += 1
        length += 1
      }
      for term in result.terms[first...] {
        result.counts.append(counts[Int(term)])
        counts[Int(term)] = 0
      }
      result.offsets.append(UInt32(result.terms.count))
      result.lengths.append(length)
    }
    result.ids = passages.ids
    result.vocabulary = table.strings
    return result
  }
}

extension AnalyzerError: ExitCoded {
  package var exitCode: ExitCode { .configuration }
}
