internal import Codecs
package import Dataflow

/// Passages without text, one for each vector: what an index of imported vectors takes as its documents.
package struct Identify: MapStage {
  package static let name = "identify"
  package static let version = 1
  package static let summary = "gives the ids of vectors as passages without text, for an index without stored text"
  package static let ports = [Port.stream("from", SparseVectors.type, ImpactVectors.type, DenseVectors.type)]
  package static let output = StageOutput.stream(Passages.type)

  package let parameters: NoParameters

  package init(parameters: NoParameters, environment: StageEnvironment) throws { self.parameters = parameters }

  package func map(_ inputs: StageInputs) throws -> Batch {
    guard case .strings(let ids) = inputs.stream().columns[0] else {
      preconditionFailure("vectors without ids")
    }
    return Passages(ids: ids, texts: ByteStrings(repeatElement([], count: ids.count))).batch()
  }
}
