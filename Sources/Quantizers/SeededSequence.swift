/// Random numbers that are the same for the same seed on every machine: SplitMix64 (Steele, Lea, Flood, "Fast splittable
/// pseudorandom number generators", 2014).
package struct SeededSequence: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// Spreads the bits of a number.
  package static func mix(_ value: UInt64) -> UInt64 {
    var value = value
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }

  /// The hash of an id, by which seeded samples are drawn: FNV-1a, spread with the seed.
  package static func hash(_ id: some Sequence<UInt8>, seed: UInt64) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in id { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return mix(hash ^ mix(seed))
  }

  /// A number in `0..<bound`, nearly uniform.
  package mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0)
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A number in [0, 1).
  package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// `count` different numbers of `0..<bound`, in random order.
  package mutating func sample(_ count: Int, of bound: Int) -> [Int] {
    var numbers = Array(0..<bound)
    for index in 0..<min(count, bound) { numbers.swapAt(index, index + below(bound - index)) }
    return Array(numbers.prefix(count))
  }

  /// A whole number with Poisson's distribution, by inversion; for small means.
  package mutating func poisson(mean: Double) -> Int {
    // exp(-mean) by its series would do as well; the square-and-multiply of Foundation is not needed for 2^-x.
    var limit = Self.exponential(-mean)
    var product = unit()
    var count = 0
    while product > limit {
      product *= unit()
      count += 1
      if limit == 0 { limit = .leastNonzeroMagnitude }
    }
    return count
  }

  /// e^x for moderate x, by its power series: additions and multiplications only, so the same bits everywhere.
  package static func exponential(_ x: Double) -> Double {
    let halvings = 10
    let small = x / Double(1 << halvings)
    var (sum, term) = (1.0, 1.0)
    for index in 1...12 {
      term *= small / Double(index)
      sum += term
    }
    for _ in 0..<halvings { sum *= sum }
    return sum
  }
}
