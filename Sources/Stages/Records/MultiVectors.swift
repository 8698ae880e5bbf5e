package import Codecs
package import Dataflow

/// Several dense vectors for each passage, one a token (ColBERT).
package struct MultiVectors: Sendable {
  package static let type = RecordType(
    "MultiVector", columns: ["ids", "dimension", "offsets", "values"], layout: [.rows, .constant, .offsets, .entries])

  /// (rows).
  package let ids: ByteStrings
  package let dimension: Int
  /// (rows + 1), in vectors: passage d has the vectors `offsets[d]..<offsets[d + 1]`.
  package let offsets: [UInt32]
  /// (vectors, dimension): finite.
  package let values: [Float]

  package init(ids: ByteStrings, dimension: Int, offsets: [UInt32], values: [Float]) {
    precondition(offsets.count == ids.count + 1 && values.count == Int(offsets[ids.count]) * dimension)
    self.ids = ids
    self.dimension = dimension
    self.offsets = offsets
    self.values = values
  }

  /// - Precondition: the batch is of this type, which the graph has checked.
  package init(_ batch: Batch) {
    guard case .strings(let ids) = batch.columns[0], case .integers(let dimension) = batch.columns[1],
      case .integers(let offsets) = batch.columns[2], case .floats(let values) = batch.columns[3]
    else { preconditionFailure("a batch of \(batch.type) where token vectors were promised") }
    self.init(ids: ids, dimension: Int(dimension[0]), offsets: offsets, values: values)
  }

  package func batch(tokens: Int = 0) -> Batch {
    Batch(
      Self.type, rows: ids.count,
      columns: [.strings(ids), .integers([UInt32(dimension)]), .integers(offsets), .floats(values)], tokens: tokens)
  }
}
