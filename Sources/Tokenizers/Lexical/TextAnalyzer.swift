/// Turns a text into the terms of a lexical index.
///
/// An instance keeps working memory, so each worker has its own. A new analyser is one file and one line in
/// `TextAnalyzers.all`.
package protocol TextAnalyzer {
  /// What job files and index manifests call it.
  static var name: String { get }

  /// - Throws: `AnalyzerError.unusedOption` for an option that means nothing here; `Stemmer.UnknownAlgorithm`.
  init(options: AnalyzerOptions) throws

  /// Calls `emit` with each term of `text`, in order.
  ///
  /// - Parameters:
  ///   - text: UTF-8. Bytes that are not are in no term (`whitespace` keeps them as they are).
  ///   - emit: gets the term's bytes, UTF-8, never empty, valid only during the call.
  mutating func analyze(_ text: Span<UInt8>, emit: (Span<UInt8>) throws -> Void) rethrows
}

extension TextAnalyzer {
  /// The same for an array.
  package mutating func analyze(_ text: [UInt8], emit: (Span<UInt8>) throws -> Void) rethrows {
    try analyze(text.span, emit: emit)
  }
}

/// Parameters of an analyser; what is absent is as the analyser has it.
package struct AnalyzerOptions: Decodable, Equatable, Sendable {
  package var stopWords: StopWords?
  package var stemmer: StemmerName?

  package init(stopWords: StopWords? = nil, stemmer: StemmerName? = nil) {
    self.stopWords = stopWords
    self.stemmer = stemmer
  }
}

/// How endings are taken off.
package enum StemmerName: String, CaseIterable, Decodable, Sendable {
  case none
  /// Porter's stemmer of 1980 as Lucene's PorterStemFilter has it.
  case porter
  /// Snowball's `english`, also called Porter2.
  case porter2
}

/// What can be wrong with the choice of an analyser.
package enum AnalyzerError: Error, Equatable, CustomStringConvertible {
  case unknown(name: String)
  case unusedOption(String, analyzer: String)

  package var description: String {
    switch self {
    case .unknown(let name):
      "unknown analyzer \"\(name)\"; there are \(TextAnalyzers.all.map { $0.name }.joined(separator: ", "))"
    case .unusedOption(let option, let analyzer):
      "analyzer \(analyzer) has no option \(option); leave it out, or use analyzer english"
    }
  }
}

/// The registry of analysers.
package enum TextAnalyzers {
  package static var all: [any TextAnalyzer.Type] {
    [
      EnglishAnalyzer.self,
      StandardAnalyzer.self,
      WhitespaceAnalyzer.self,
    ]
  }

  /// - Throws: `AnalyzerError.unknown`, or what the analyser throws for its options.
  package static func named(_ name: String, options: AnalyzerOptions = .init()) throws -> any TextAnalyzer {
    guard let type = all.first(where: { $0.name == name }) else { throw AnalyzerError.unknown(name: name) }
    return try type.init(options: options)
  }
}
