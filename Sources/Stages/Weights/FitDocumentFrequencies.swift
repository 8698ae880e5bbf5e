package import Codecs
package import Dataflow

/// Counts in how many passages each term occurs, over the whole collection.
package struct FitDocumentFrequencies: FitStage {
  package static let name = "fit.documentFrequencies"
  package static let version = 1
  package static let summary = "counts in how many passages each term occurs; gives frequencies for encode.bm25"
  package static let ports = [Port.stream("from", TermCounts.type)]
  package static let output = StageOutput.artifact(kind)
  static let kind = "frequencies"

  package let parameters: NoParameters

  package init(parameters: NoParameters, environment: StageEnvironment) throws { self.parameters = parameters }

  package func contribute(_ inputs: StageInputs, to path: String, attempt: Int) throws -> FileSeal {
    let counts = TermCounts(inputs.stream())
    var frequencies = [UInt32](repeating: 0, count: counts.vocabulary.count)
    for term in counts.terms { frequencies[Int(term)] += 1 }
    return try DocumentFrequencies.write(
      VocabularyTable(counts.vocabulary), counts: frequencies, passages: counts.ids.count,
      totalLength: counts.lengths.reduce(0) { $0 + Int($1) }, to: path, attempt: attempt)
  }

  /// Adds up chunk after chunk. Memory: the vocabulary and one chunk's.
  package func combine(_ reduction: Reduction, to path: String, attempt: Int) throws -> FileSeal {
    var table = VocabularyTable()
    var sums: [UInt32] = []
    var passages = 0
    var totalLength = 0
    for contribution in reduction.contributions {
      try reduction.checkCancellation()
      let part = try DocumentFrequencies.Part(path: contribution.path)
      for term in 0..<part.terms.count {
        let bytes = Int(part.terms.offsets[term])..<Int(part.terms.offsets[term + 1])
        let number = Int(table.number(of: part.terms.data.span.extracting(bytes)))
        if number == sums.count { sums.append(0) }
        sums[number] += part.counts[term]
      }
      passages += part.passages
      totalLength += part.totalLength
    }
    return try DocumentFrequencies.write(
      table, counts: sums, passages: passages, totalLength: totalLength, to: path, attempt: attempt)
  }
}

/// Parameters of a stage that has none.
package struct NoParameters: Codable, Sendable {
  package init() {}
  package init(from decoder: any Decoder) throws { _ = try decoder.container(keyedBy: NoKeys.self) }
  package func encode(to encoder: any Encoder) throws { _ = encoder.container(keyedBy: NoKeys.self) }
  private enum NoKeys: CodingKey {}
}
