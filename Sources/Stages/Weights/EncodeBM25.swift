internal import Codecs
package import Dataflow

/// BM25 as precomputed weights, so that a score is a sum over the query's terms.
///
/// weight = idf * tf / (tf + k1 * (1 - b + b * length / averageLength)), idf = ln(1 + (N - df + 0.5) / (df + 0.5)):
/// Lucene's BM25Similarity since version 8, without the constant factor k1 + 1 and with exact lengths (Lucene keeps 8
/// bits of them). Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009.
package struct EncodeBM25: MapStage {
  package static let name = "encode.bm25"
  package static let version = 1
  package static let summary = "weighs terms by BM25 (Lucene's formula)"
  package static let ports = [
    Port.stream("from", TermCounts.type), Port.artifact("frequencies", FitDocumentFrequencies.kind),
  ]
  package static let output = StageOutput.stream(SparseVectors.type)
  package static let checkpointsByDefault = true
  /// Cheaper than a copy, and every change of the collection changes the frequencies.
  package static let isRowWise = false

  package struct Parameters: DefaultedParameters, CheckedParameters, Sendable {
    package var k1 = 0.9
    package var b = 0.4

    package init() {}

    package var problem: ParameterProblem? {
      if !(k1 >= 0 && k1.isFinite) { return ParameterProblem("k1", "must be 0 or more") }
      if !(0...1).contains(b) { return ParameterProblem("b", "must be between 0 and 1") }
      return nil
    }
  }

  package let parameters: Parameters

  package init(parameters: Parameters, environment: StageEnvironment) throws { self.parameters = parameters }

  package func map(_ inputs: StageInputs) throws -> Batch {
    let counts = TermCounts(inputs.stream())
    guard let frequencies = try inputs.artifact("frequencies", as: DocumentFrequencies.self) else {
      preconditionFailure("the port `frequencies` is required")
    }
    let inverse = (0..<counts.vocabulary.count).map { term in
      frequencies.inverseFrequency(frequencies.frequency(of: counts.vocabulary[term].span))
    }
    let average = frequencies.averageLength
    var weights: [Float] = []
    weights.reserveCapacity(counts.terms.count)
    for row in 0..<counts.ids.count {
      let length = Double(counts.lengths[row])
      let damping = parameters.k1 * (1 - parameters.b + parameters.b * length / average)
      for entry in Int(counts.offsets[row])..<Int(counts.offsets[row + 1]) {
        let frequency = Double(counts.counts[entry])
        weights.append(Float(inverse[Int(counts.terms[entry])] * frequency / (frequency + damping)))
      }
    }
    return SparseVectors(
      ids: counts.ids, vocabulary: counts.vocabulary, offsets: counts.offsets, terms: counts.terms, weights: weights
    ).batch()
  }
}
