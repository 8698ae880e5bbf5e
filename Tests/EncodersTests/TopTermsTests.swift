import Encoders
import Testing

@Suite struct TopTermsTests {
  struct Numbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ state >> 29
    }
  }

  /// Equal values in plenty, both zeros, infinities; or all different.
  private static func values(_ count: Int, _ numbers: inout Numbers) -> [Float] {
    let kinds = Int.random(in: 1...40, using: &numbers)
    let isCoarse = Bool.random(using: &numbers)
    return (0..<count).map { _ in
      guard isCoarse else { return Float.random(in: -20...5, using: &numbers) }
      let whole = Int.random(in: -kinds...kinds, using: &numbers)
      // The product of zero and minus one is the other zero.
      return whole == 31 ? -.infinity : Float(whole) * (Bool.random(using: &numbers) ? 1 : -1)
    }
  }

  private static func sorted(_ values: [Float], _ count: Int) -> [(term: Int32, value: Float)] {
    let order = values.indices.sorted { (values[$1], $0) < (values[$0], $1) }
    return order.prefix(count).map { (Int32($0), values[$0]) }
  }

  private static func same(_ left: [(term: Int32, value: Float)], _ right: [(term: Int32, value: Float)]) -> Bool {
    left.map(\.term) == right.map(\.term) && left.map(\.value.bitPattern) == right.map(\.value.bitPattern)
  }

  @Test func theLargestAreThoseOfASort() {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    var numbers = Numbers(state: seed)
    for _ in 0..<400 {
      let values = Self.values(Int.random(in: 0...3000, using: &numbers), &numbers)
      let count = Int.random(in: 0...(Bool.random(using: &numbers) ? 60 : 3100), using: &numbers)
      let found = TopTerms.of(values.span, count: count)
      #expect(Self.same(found, Self.sorted(values, count)), "\(count) of \(values.count)")
    }
  }

  @Test func orderedAndEqualValuesAreNoSpecialCase() {
    let rising = (0..<5000).map { Float($0) }
    for values in [rising, rising.reversed(), [Float](repeating: -1, count: 5000)] {
      for count in [1, 31, 32, 33, 156, 157, 158, 4999, 5000, 6000] {
        #expect(Self.same(TopTerms.of(values.span, count: count), Self.sorted(values, count)))
      }
    }
  }

  @Test func whatIsNoNumberIsLeftOut() {
    let values: [Float] = (0..<100).map { $0 % 3 == 0 ? .nan : Float($0) }
    #expect(TopTerms.of(values.span, count: 4).map(\.term) == [98, 97, 95, 94])
    #expect(TopTerms.of(values.span, count: 90).count == 66)
  }
}
