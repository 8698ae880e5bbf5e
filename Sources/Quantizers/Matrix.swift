/// Rows of floats, one after the other.
package struct Matrix: Sendable, Hashable {
  /// (rows, columns).
  package var values: [Float]
  package let columns: Int

  package var rows: Int { columns == 0 ? 0 : values.count / columns }

  /// - Precondition: whole rows.
  package init(values: [Float], columns: Int) {
    precondition(columns > 0 && values.count % columns == 0)
    self.values = values
    self.columns = columns
  }
}
