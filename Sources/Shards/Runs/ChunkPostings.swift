package import Codecs
internal import Kernels

/// The postings of a chunk in the order of its documents, as an encoder gives them; `write` turns them round.
package struct ChunkPostings: Sendable {
  /// The chunk's distinct terms, in any order.
  package let vocabulary: ByteStrings
  /// (documents + 1): the postings of document d are `offsets[d]..<offsets[d + 1]`; begins with 0.
  package let offsets: [UInt32]
  /// (postings): each an index into `vocabulary`.
  package let terms: [UInt32]
  /// (postings).
  package let impacts: Impacts

  /// Throws `PostingsError.shape` if the arrays do not fit together.
  package init(vocabulary: ByteStrings, offsets: [UInt32], terms: [UInt32], impacts: Impacts) throws {
    guard offsets.first == 0, Int(offsets[offsets.count - 1]) == terms.count, terms.count == impacts.count else {
      throw PostingsError.shape(
        "a chunk has \(terms.count) terms, \(impacts.count) impacts, and offsets that end with \(offsets.last ?? 0)")
    }
    for index in 1..<offsets.count where offsets[index] < offsets[index - 1] {
      throw PostingsError.shape("the postings of a chunk's document \(index - 1) end before they begin")
    }
    for term in terms where term >= vocabulary.count {
      throw PostingsError.shape("a chunk has term \(term) and a vocabulary of \(vocabulary.count)")
    }
    self.vocabulary = vocabulary
    self.offsets = offsets
    self.terms = terms
    self.impacts = impacts
  }

  package var documentCount: Int { offsets.count - 1 }

  /// Writes the chunk's run. Zero impacts of integers are left out. Throws `PostingsError` (a term twice in a document
  /// or in the vocabulary, impacts that are not finite) and `FileError`.
  @discardableResult
  package func writeRun(
    to path: String, attempt: Int = 0, adding sections: [(name: String, bytes: [UInt8])] = []
  ) throws -> FileSeal {
    let writer = try RunWriter(
      path: path, documentCount: documentCount, impactKind: impacts.kind, attempt: attempt)
    let order = vocabulary.orderOfBytes()
    // A counting sort: how many postings each term has, where it begins, then every posting to its place.
    let inverted =
      switch impacts {
      case .integers(let values): InvertedPostings(offsets: offsets, terms: terms, impacts: values, order: order)
      case .floats(let values): InvertedPostings(offsets: offsets, terms: terms, impacts: values, order: order)
      }
    var start = 0
    for term in order {
      let end = Int(inverted.ends[Int(term)])
      try writer.write(
        term: Array(vocabulary[Int(term)]), documents: inverted.documents, impacts: inverted.impacts, in: start..<end)
      start = end
    }
    return try writer.commit(adding: sections)
  }
}
