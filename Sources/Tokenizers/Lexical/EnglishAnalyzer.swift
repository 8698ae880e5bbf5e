/// Lucene's EnglishAnalyzer: words by UAX #29, no possessive 's, lower case, no stop words, Porter's stems.
///
/// Equal to Lucene 9.9.1 term for term (lexical-lucene.tsv and lexical-digests.tsv). `stopWords` and `stemmer` can be
/// changed.
package struct EnglishAnalyzer: TextAnalyzer {
  package static let name = "english"

  private var pipeline: TermPipeline

  package init(options: AnalyzerOptions = .init()) throws {
    pipeline = try TermPipeline(
      stripsPossessive: true, stopWords: options.stopWords ?? .lucene, stemmer: options.stemmer ?? .porter)
  }

  package mutating func analyze(_ text: Span<UInt8>, emit: (Span<UInt8>) throws -> Void) rethrows {
    try pipeline.analyze(text, emit: emit)
  }
}
