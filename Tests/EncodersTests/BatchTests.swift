import Encoders
import Testing

@Suite struct BatchTests {
  @Test func everySequenceIsInOneBatchAndBatchesAreBounded() {
    var generator = SystemRandomNumberGenerator()
    let seed = UInt64.random(in: 0...UInt64.max, using: &generator)
    print("seed \(seed)")
    var state = seed
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    for _ in 0..<50 {
      let lengths = (0..<next(200)).map { _ in 1 + next(300) }
      let limits = BatchLimits(tokens: 1 + next(1000), sequences: 1 + next(70))
      let batches = limits.plan(lengths)
      #expect(batches.joined().sorted() == Array(lengths.indices))
      #expect(batches == limits.plan(lengths))
      for batch in batches {
        let tokens = batch.reduce(0) { $0 + lengths[$1] }
        #expect(batch.count == 1 || (tokens <= limits.tokens && batch.count <= limits.sequences))
      }
    }
  }

  @Test func newWordsAreThoseThatThePassageLacks() {
    let predictions = ["What is a heart attack?", "heart attack symptoms, symptoms"].map { Array($0.utf8) }
    let passage = Array("A Heart can fail.".utf8)
    func words(_ repeating: Bool) -> [String] {
      PredictedWords.new(in: predictions, comparedTo: passage, repeating: repeating)
        .map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(words(true) == ["attack", "attack", "symptoms", "symptoms"])
    #expect(words(false) == ["attack", "symptoms"])
  }
}
