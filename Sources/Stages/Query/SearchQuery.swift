internal import Kernels
package import Search

/// A query as it was given: its text, and vectors where somebody else has encoded it.
package struct SearchQuery: Sendable {
  package let id: [UInt8]
  package let text: [UInt8]
  /// (dimension): used instead of encoding the text.
  package var dense: [Float]?
  package var sparse: Query?

  package init(id: [UInt8] = [], text: [UInt8], dense: [Float]? = nil, sparse: Query? = nil) {
    self.id = id
    self.text = text
    self.dense = dense
    self.sparse = sparse
  }
}

/// What modes search with: the open index, the encoder of queries, the settings. A side that the index lacks is told of
/// before a model is loaded for it.
package struct SearchContext: Sendable {
  package let index: OpenIndex
  package let settings: SearchSettings
  private let encoder: LoadOnce<QueryEncoder>

  init(index: OpenIndex, settings: SearchSettings, encoder: LoadOnce<QueryEncoder>) {
    self.index = index
    self.settings = settings
    self.encoder = encoder
  }

  func sparse(_ query: SearchQuery) throws -> Query {
    if let given = query.sparse { return given }
    _ = try index.postings()
    return try encoder.get().sparse(query.text)
  }

  func dense(_ query: SearchQuery) throws -> [Float] {
    if let given = query.dense { return given }
    if !index.hasCodes { _ = try index.vectors() }
    return try encoder.get().dense(query.text)
  }

  func tokenVectors(_ query: SearchQuery) throws -> [Float] {
    _ = try index.tokens()
    return try encoder.get().tokenVectors(query.text).values
  }
}
