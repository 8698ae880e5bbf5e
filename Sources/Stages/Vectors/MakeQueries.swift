package import Codecs
package import Dataflow
internal import Foundation
internal import Kernels
internal import Quantizers
internal import Tokenizers

/// Makes queries of the passages themselves, to learn from where there are no others: a query has the id of its passage.
///
/// - `inverse-cloze`: a sentence of the passage, at random (Lee, Chang, Toutanova, "Latent retrieval for weakly
///   supervised open domain question answering", 2019). Passages of one sentence give none.
/// - `title-body`: what stands before the first `separator`.
/// - `prop`: words drawn from the passage's language model with Dirichlet smoothing, as many as Poisson's distribution
///   with mean 3 says; of two such sets of equal length the likelier (Ma et al., "PROP", 2021). Frequent words are
///   passed over with the probability of word2vec's subsampling, 1 - sqrt(t / f) - t / f. Only words of the passage are
///   drawn.
/// - `given`: the queries of a file, `query<TAB>passage id` a line.
package struct MakeQueries: MapStage {
  package static let name = "make.queries"
  package static let version = 1
  package static let summary = "makes queries of passages (inverse-cloze, title-body, prop), or takes given ones"
  package static let ports = [
    Port.stream("from", Passages.type), Port.artifact("frequencies", FitDocumentFrequencies.kind, required: false),
  ]
  package static let output = StageOutput.stream(Passages.type)

  package enum Method: String, Codable, Sendable, CaseIterable {
    case inverseCloze = "inverse-cloze"
    case titleBody = "title-body"
    case prop, given
  }

  package struct Parameters: DefaultedParameters, CheckedParameters, Sendable {
    package var method = Method.inverseCloze
    /// The part of the passages that get a query.
    package var fraction = Fraction(1)
    /// title-body: what ends a title.
    package var separator = "\n"
    /// given: the file of pairs.
    package var pairs: ResourcePath?
    package var seed = 13

    package init() {}

    package var problem: ParameterProblem? {
      if separator.isEmpty { return ParameterProblem("separator", "must not be empty") }
      if method == .given, pairs == nil { return ParameterProblem("pairs", "is needed for the method `given`") }
      return nil
    }
  }

  package let parameters: Parameters
  package let resources: [String: Fingerprint]
  /// given: queries by passage.
  private let given: [[UInt8]: [UInt8]]

  package init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    guard parameters.method == .given, let pairs = parameters.pairs else {
      (given, resources) = ([:], [:])
      return
    }
    let file = try PositionalFile(pairs.path)
    let bytes = try file.readExactly(at: 0, count: file.length)
    var given: [[UInt8]: [UInt8]] = [:]
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let columns = line.split(separator: UInt8(ascii: "\t"), maxSplits: 1, omittingEmptySubsequences: false)
      guard columns.count == 2 else { throw QuantizerProblem("\(pairs.path): a line is not `query<TAB>passage id`") }
      if given[Array(columns[1])] == nil { given[Array(columns[1])] = Array(columns[0]) }
    }
    self.given = given
    resources = ["pairs": Fingerprint.of(bytes)]
  }

  package func map(_ inputs: StageInputs) throws -> Batch {
    let passages = Passages(inputs.stream())
    let seed = UInt64(bitPattern: Int64(parameters.seed))
    let bound = parameters.fraction.value >= 1 ? UInt64.max : UInt64(parameters.fraction.value * 0x1p64)
    let frequencies = try inputs.artifact("frequencies", as: DocumentFrequencies.self)
    if parameters.method == .prop, frequencies == nil {
      throw QuantizerProblem("stage `\(Self.name)` with the method `prop` needs the input `frequencies`")
    }
    let model = frequencies.map { WordModel($0) }
    var (ids, texts) = (ByteStrings(), ByteStrings())
    for row in passages.ids.indices {
      let hash = SeededSequence.hash(passages.ids[row], seed: seed)
      guard hash <= bound else { continue }
      var random = SeededSequence(seed: hash ^ seed)
      guard let query = try query(Array(passages.ids[row]), Array(passages.texts[row]), model, &random) else {
        continue
      }
      ids.append(passages.ids[row])
      texts.append(query)
    }
    return Passages(ids: ids, texts: texts).batch()
  }

  private func query(
    _ id: [UInt8], _ text: [UInt8], _ model: WordModel?, _ random: inout SeededSequence
  ) throws -> [UInt8]? {
    switch parameters.method {
    case .inverseCloze: return sentence(text, &random)
    case .titleBody:
      let separator = Array(parameters.separator.utf8)
      let starts = text.indices.dropLast(max(0, separator.count - 1))
      let end = starts.first { text[$0..<$0 + separator.count].elementsEqual(separator) }
      return end.flatMap { $0 > 0 ? Array(text[..<$0]) : nil }
    case .prop: return try model?.query(text, &random)
    case .given: return given[id]
    }
  }

  private func sentence(_ text: [UInt8], _ random: inout SeededSequence) -> [UInt8]? {
    var sentences: [Range<Int>] = []
    var start = 0
    while start < text.count {
      let end = SentenceScanner.shared.end(in: text.span, from: start)
      sentences.append(start..<end)
      start = end
    }
    return sentences.count < 2 ? nil : Array(text[sentences[random.below(sentences.count)]])
  }
}

/// The language model of PROP.
private struct WordModel {
  private let frequencies: DocumentFrequencies
  private let total: Double
  private static let meanLength = 3.0
  private static let subsampling = 1e-4

  init(_ frequencies: DocumentFrequencies) {
    self.frequencies = frequencies
    var total = 0.0
    frequencies.forEach { total += Double($1) }
    self.total = max(total, 1)
  }

  /// The likelier of two sets of words; `nil` for a text without words.
  func query(_ text: [UInt8], _ random: inout SeededSequence) throws -> [UInt8]? {
    var analyzer = try StandardAnalyzer(options: AnalyzerOptions())
    var counts: [[UInt8]: Int] = [:]
    var length = 0
    analyzer.analyze(text) { word in
      var bytes: [UInt8] = []
      for index in word.indices { bytes.append(word[index]) }
      counts[bytes, default: 0] += 1
      length += 1
    }
    if counts.isEmpty { return nil }
    let words = counts.keys.sorted { $0.lexicographicallyPrecedes($1) }
    let smoothing = frequencies.averageLength
    let shares = words.map { Double(frequencies.frequency(of: $0.span)) / total }
    let likelihoods = zip(words, shares).map { word, share in
      (Double(counts[word] ?? 0) + smoothing * share) / (Double(length) + smoothing)
    }
    var size = 0
    while size == 0 { size = random.poisson(mean: Self.meanLength) }
    let sets = (0..<2).map { _ in draw(min(size, words.count), likelihoods, shares, &random) }
    let scores = sets.map { $0.reduce(0.0) { $0 + log(likelihoods[$1]) } }
    let chosen = scores[1] > scores[0] ? sets[1] : sets[0]
    return Array(chosen.map { words[$0] }.joined(separator: [UInt8(ascii: " ")]))
  }

  private func draw(_ size: Int, _ likelihoods: [Double], _ shares: [Double], _ random: inout SeededSequence) -> [Int] {
    let sum = likelihoods.reduce(0, +)
    var chosen: [Int] = []
    var trials = 0
    while chosen.count < size {
      var left = random.unit() * sum
      let word =
        likelihoods.firstIndex { likelihood in
          left -= likelihood
          return left < 0
        } ?? likelihoods.count - 1
      trials += 1
      if chosen.contains(word) { if trials > 1000 { break } else { continue } }
      let ratio = Self.subsampling / max(shares[word], 1e-12)
      // A text of frequent words only would never end.
      guard random.unit() < ratio.squareRoot() + ratio || trials > 1000 else { continue }
      chosen.append(word)
    }
    return chosen
  }
}
