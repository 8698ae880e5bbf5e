internal import Codecs
internal import Encoders

/// Puts the vectors of a chunk beside each other, with the terms' bytes instead of a model's numbers.
struct SparseVectorsBuilder {
  private var vocabulary = ByteStrings()
  /// A model's number to a place in `vocabulary`.
  private var places: [Int32: UInt32] = [:]
  private var offsets: [UInt32] = [0]
  private var terms: [UInt32] = []
  private var weights: [Float] = []

  /// Throws `EncoderFailure` for a term that `encoder` does not know, or a weight that is not finite.
  mutating func append(_ vector: SparseVector, of encoder: any SparseEncoder) throws {
    for (term, weight) in zip(vector.terms, vector.weights) where weight != 0 {
      guard weight.isFinite else { throw EncoderFailure(detail: "a weight is not a finite number") }
      let place: UInt32
      if let known = places[term] {
        place = known
      } else {
        guard let bytes = encoder.term(term) else {
          throw EncoderFailure(detail: "term \(term) is not in the encoder's vocabulary")
        }
        place = UInt32(vocabulary.count)
        vocabulary.append(bytes)
        places[term] = place
      }
      terms.append(place)
      weights.append(weight)
    }
    offsets.append(UInt32(terms.count))
  }

  func vectors(ids: ByteStrings) -> SparseVectors {
    SparseVectors(ids: ids, vocabulary: vocabulary, offsets: offsets, terms: terms, weights: weights)
  }
}
