package import Codecs

/// Vectors that were read from a file, row by row, and the rows that could not be used.
package struct VectorBatch: Sendable {
  package enum Values: Sendable {
    /// `offsets` (rows + 1); `terms` index `vocabulary`, each at most once a row.
    case sparse(vocabulary: ByteStrings, offsets: [UInt32], terms: [UInt32], weights: [Float])
    /// (rows, dimension).
    case dense(dimension: Int, values: [Float])
  }

  /// A row that is in no column: reasons are fixed words, for counting.
  package struct RejectedRow: Sendable, Hashable {
    /// Rows from the start of what was decoded, and bytes.
    package let row: Int
    package let offset: Int
    package let id: String
    package let reason: String
    package let detail: String

    package init(row: Int, offset: Int, id: String, reason: String, detail: String) {
      self.row = row
      self.offset = offset
      self.id = id
      self.reason = reason
      self.detail = detail
    }
  }

  package var ids = ByteStrings()
  package var values: Values
  package var rejected: [RejectedRow] = []
  package var notices: [String: Int] = [:]

  package init(values: Values) { self.values = values }
}
