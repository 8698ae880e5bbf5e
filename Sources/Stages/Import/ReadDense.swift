package import Codecs
package import Dataflow
internal import Interchange

/// Reads dense vectors that were encoded elsewhere: a source in the place of `read` and encoder.
package struct ReadDense: SourceStage {
  package static let name = "read.dense"
  package static let version = 1
  package static let summary = "reads dense vectors encoded elsewhere: \(formats.joined(separator: ", "))"
  package static let ports: [Port] = []
  package static let output = StageOutput.stream(DenseVectors.type)

  static var formats: [String] { [JSONVectorLines.name] + RowFiles.all.filter { !$0.isSparse }.map { $0.name } }

  package struct Parameters: Codable, Sendable, CheckedParameters {
    /// One file; patterns and several files for JSON lines.
    package let input: ResourcePaths
    package let format: String
    /// The id of each row, one a line. Without it, rows have their numbers. JSON lines have ids of their own.
    package let ids: ResourcePath?
    /// For JSON lines: numbers of a vector.
    package let dimension: Int?
    /// Mean size of a chunk.
    package let chunk: ByteSize?

    package var problem: ParameterProblem? {
      if let problem = ImportChecks.problem(format, formats, input, ids, nil, chunk) { return problem }
      if format == JSONVectorLines.name, !(1...1 << 20).contains(dimension ?? 0) {
        return ParameterProblem("dimension", "must say how many numbers a vector has, from 1 to 2^20")
      }
      return nil
    }
  }

  package let parameters: Parameters
  private let source: any VectorSource

  package init(parameters: Parameters, environment: StageEnvironment) throws {
    self.parameters = parameters
    let chunk = parameters.chunk?.bytes ?? ImportChecks.chunkBytes
    if let type = RowFiles.named(parameters.format) {
      source = try RowSource(
        type, path: parameters.input.paths[0].path, ids: parameters.ids?.path, chunk: chunk)
    } else {
      let dimension = parameters.dimension ?? 0
      source = try LineSource(
        parameters.input.paths.map(\.path), chunk: chunk, recordLimit: environment.recordLimit,
        parse: { JSONVectorLines.dense($0, dimension: dimension) })
    }
  }

  package func stateSign() throws -> Fingerprint { try source.stateSign() }
  package func splits() throws -> [SourceSplit] { try source.splits() }
  package func read(_ split: SourceSplit) throws -> [UInt8] { try source.read(split) }

  package func decode(_ bytes: [UInt8], of split: SourceSplit) throws -> Batch {
    let batch = ImportChecks.withoutDuplicates(try source.decode(bytes, of: split))
    guard case .dense(let dimension, let values) = batch.values else {
      preconditionFailure("a dense source gave sparse vectors")
    }
    var result = DenseVectors(ids: batch.ids, dimension: dimension, values: values).batch()
    result.rejected = ImportChecks.rejections(batch)
    result.notices = batch.notices
    return result
  }
}
