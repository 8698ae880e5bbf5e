/// Lucene's StandardAnalyzer: words by UAX #29 in lower case. No stop words and no stemmer unless options ask for them.
package struct StandardAnalyzer: TextAnalyzer {
  package static let name = "standard"

  private var pipeline: TermPipeline

  package init(options: AnalyzerOptions = .init()) throws {
    pipeline = try TermPipeline(
      stripsPossessive: false, stopWords: options.stopWords ?? .none, stemmer: options.stemmer ?? .none)
  }

  package mutating func analyze(_ text: Span<UInt8>, emit: (Span<UInt8>) throws -> Void) rethrows {
    try pipeline.analyze(text, emit: emit)
  }
}
