package import Codecs
package import Dataflow
internal import Interchange

/// Reads sparse vectors that were encoded elsewhere: a source in the place of `read`, tokenizer and encoder.
///
/// Ids that come twice within a chunk go to quarantine; across chunks, the index finds them. Vectors with whole weights up
/// to 255 become impacts unchanged by `{use: quantize.impacts, bits: 8, maximum: 255}`.
package struct ReadSparse: SourceStage {
  package static let name = "read.sparse"
  package static let version = 1
  package static let summary = "reads sparse vectors encoded elsewhere: \(formats.joined(separator: ", "))"
  package static let ports: [Port] = []
  package static let output = StageOutput.stream(SparseVectors.type)

  static var formats: [String] {
    [JSONVectorLines.name, CIFFFile.name] + RowFiles.all.filter { $0.isSparse }.map { $0.name }
  }

  package struct Parameters: Codable, Sendable, CheckedParameters {
    /// One file; patterns and several files for JSON lines.
    package let input: ResourcePaths
    package let format: String
    /// For `csr`: the id of each row, one a line. Without it, rows have their numbers.
    package let ids: ResourcePath?
    /// For `csr`: the term of each column, one a line. Without it, columns have their numbers.
    package let terms: ResourcePath?
    /// Mean size of a chunk.
    package let chunk: ByteSize?

    package var problem: ParameterProblem? { ImportChecks.problem(format, formats, input, ids, terms, chunk) }
  }

  package let parameters: Parameters
  private let source: any VectorSource
  /// (columns): for `csr`.
  private let terms: ByteStrings?

  package init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    let chunk = parameters.chunk?.bytes ?? ImportChecks.chunkBytes
    let path = parameters.input.paths[0].path
    if let type = RowFiles.named(parameters.format) {
      source = try RowSource(type, path: path, ids: parameters.ids?.path, chunk: chunk)
      terms = try parameters.terms.map { try ImportChecks.terms($0.path, of: path) }
    } else {
      terms = nil
      source =
        parameters.format == CIFFFile.name
        ? try CIFFSource(path: path, chunk: chunk)
        : try LineSource(
          parameters.input.paths.map(\.path), chunk: chunk, recordLimit: environment.recordLimit,
          parse: { JSONVectorLines.sparse($0) })
    }
  }

  package var resources: [String: Fingerprint] {
    guard let terms else { return [:] }
    var hasher = FingerprintHasher()
    for term in terms { hasher.field(String(decoding: term, as: UTF8.self)) }
    return ["terms": hasher.finalize()]
  }

  package func stateSign() throws -> Fingerprint { try source.stateSign() }
  package func splits() throws -> [SourceSplit] { try source.splits() }
  package func read(_ split: SourceSplit) throws -> [UInt8] { try source.read(split) }

  package func decode(_ bytes: [UInt8], of split: SourceSplit) throws -> Batch {
    let batch = ImportChecks.withoutDuplicates(try source.decode(bytes, of: split))
    guard case .sparse(let vocabulary, let offsets, let terms, let weights) = batch.values else {
      preconditionFailure("a sparse source gave dense vectors")
    }
    var result = SparseVectors(
      ids: batch.ids, vocabulary: try named(vocabulary), offsets: offsets, terms: terms, weights: weights
    ).batch()
    result.rejected = ImportChecks.rejections(batch)
    result.notices = batch.notices
    return result
  }

  /// Column numbers as the terms that they stand for.
  private func named(_ vocabulary: ByteStrings) throws -> ByteStrings {
    guard let terms else { return vocabulary }
    return ByteStrings(vocabulary.map { Array(terms[Int(String(decoding: $0, as: UTF8.self)) ?? 0]) })
  }
}
