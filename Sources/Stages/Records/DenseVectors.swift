package import Codecs
package import Dataflow

/// A dense vector for each passage.
package struct DenseVectors: Sendable {
  package static let type = RecordType(
    "DenseVector", columns: ["ids", "dimension", "values"], layout: [.rows, .constant, .rows])

  /// (rows).
  package let ids: ByteStrings
  package let dimension: Int
  /// (rows, dimension): finite.
  package let values: [Float]

  package init(ids: ByteStrings, dimension: Int, values: [Float]) {
    precondition(values.count == ids.count * dimension)
    self.ids = ids
    self.dimension = dimension
    self.values = values
  }

  /// - Precondition: the batch is of this type, which the graph has checked.
  package init(_ batch: Batch) {
    guard case .strings(let ids) = batch.columns[0], case .integers(let dimension) = batch.columns[1],
      case .floats(let values) = batch.columns[2]
    else { preconditionFailure("a batch of \(batch.type) where dense vectors were promised") }
    self.init(ids: ids, dimension: Int(dimension[0]), values: values)
  }

  package func batch(tokens: Int = 0) -> Batch {
    Batch(
      Self.type, rows: ids.count, columns: [.strings(ids), .integers([UInt32(dimension)]), .floats(values)],
      tokens: tokens)
  }
}
