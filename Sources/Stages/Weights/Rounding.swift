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
  /// Down, in half precision and without saturation: `quantize2json.py` of TILDEv2, bit for bit. Its maximum is not that
  /// of the collection: it looks only at weights that beat an earlier one of the same token in their passage. Give what
  /// it prints as `maximum:`; impacts then exceed the highest level as they do there.
  case tildev2

  /// - Precondition: `value` is finite and not negative.
  package func round(_ value: Double) -> Double {
    switch self {
    case .ceil: value.rounded(.up)
    case .halfEven: value.rounded(.toNearestOrEven)
    case .halfUp: (value + 0.5).rounded(.down)
    case .truncate, .tildev2: value.rounded(.down)
    }
  }

  /// The level of `weight` where `maximum` is at `levels`: `round(weight / maximum * levels)`. Infinite where half
  /// precision has no number for the weight.
  package func level(_ weight: Float, maximum: Double, levels: Double) -> Double {
    guard self == .tildev2 else { return round(Double(weight) / maximum * levels) }
    let level = Float16(weight) / Float16(maximum) * Float16(levels)
    return level.isNaN ? .infinity : Double(level).rounded(.down)
  }

  /// Whether it can compute with this maximum: half precision ends at 65504, and begins at 6e-8.
  package func allows(maximum: Double) -> Bool {
    guard self == .tildev2 else { return maximum > 0 && maximum.isFinite }
    return Float16(maximum) > 0 && Float16(maximum).isFinite
  }

  /// Whether a level above the highest becomes the highest.
  package var saturates: Bool { self != .tildev2 }
}
