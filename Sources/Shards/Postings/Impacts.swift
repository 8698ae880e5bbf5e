/// What an index stores of a term in a document; one kind an index.
package enum ImpactKind: UInt8, Sendable, Codable {
  /// 1...65535. In memory they are floats too, which hold them exactly.
  case integers = 1
  /// Any finite IEEE 754 single.
  case floats = 2

  /// Whether the format can hold `impact`.
  func allows(_ impact: Float) -> Bool {
    switch self {
    case .integers: impact >= 1 && impact <= 65535 && impact == Float(Int32(impact))
    case .floats: impact.isFinite
    }
  }
}

/// The impacts of a chunk's postings, in the postings' order.
package enum Impacts: Sendable {
  /// Zeros stand for postings that quantization removed: they are not written.
  case integers([UInt16])
  case floats([Float])

  package var kind: ImpactKind {
    switch self {
    case .integers: .integers
    case .floats: .floats
    }
  }

  package var count: Int {
    switch self {
    case .integers(let values): values.count
    case .floats(let values): values.count
    }
  }
}
