import Inference
import Testing

@Suite struct TokenBatchTests {
  @Test func sequencesLieEndToEnd() {
    let batch = TokenBatch([[5, 6], [], [7]])
    #expect(batch.tokens == [5, 6, 7])
    #expect(batch.offsets == [0, 2, 2, 3])
    #expect(batch.count == 3)
  }
}
