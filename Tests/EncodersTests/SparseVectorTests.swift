import Encoders
import Testing

@Suite struct SparseVectorTests {
  @Test func equalTermsAndWeightsAreEqualVectors() {
    #expect(SparseVector(terms: [1, 5], weights: [0.5, 2]) == SparseVector(terms: [1, 5], weights: [0.5, 2]))
    #expect(SparseVector(terms: [1, 5], weights: [0.5, 2]) != SparseVector(terms: [1, 5], weights: [0.5, 3]))
  }
}
