/// How a weight becomes a whole number. Never implicit: five tools of this field round in five ways.
package enum Rounding: String, Codable, Sendable, CaseIterable {
  /// Up: COIL's and uniCOIL's export.
  case ceil
  /// To the nearest, a half to the even one: Python's `round`, NumPy's `rint`, SPLADE, Pyserini.
  case halfEven = "half-even"
  /// To the nearest, a half upwards: Java's `Math.round`, Anserini.
  case halfUp = "half-up"
  /// Down: TILDE's quantizer, Jackson's `asInt`.
  case truncate

  /// - Precondition: `value` is finite and not negative.
  package func round(_ value: Double) -> Double {
    switch self {
    case .ceil: value.rounded(.up)
    case .halfEven: value.rounded(.toNearestOrEven)
    case .halfUp: (value + 0.5).rounded(.down)
    case .truncate: value.rounded(.down)
    }
  }
}
