/// The tokens of each sequence whose states the last layer has to give. Every token is attended to in either case; what
/// is left out is the work behind the last layer's attention, most of that layer.
package enum WantedTokens: Sendable, Hashable {
  case all
  /// The first, [CLS], alone: for heads and poolings that read no other.
  case first

  /// Where the wanted tokens are, ascending; `nil` for all of them. An empty sequence has none.
  func rows(_ offsets: [Int]) -> [Int]? {
    switch self {
    case .all: nil
    case .first: (0..<offsets.count - 1).filter { offsets[$0] < offsets[$0 + 1] }.map { offsets[$0] }
    }
  }

  /// (sequences + 1): what `offsets` become where only the wanted tokens have states.
  func offsets(_ offsets: [Int]) -> [Int] {
    switch self {
    case .all: return offsets
    case .first:
      var result = [0]
      for index in 0..<offsets.count - 1 {
        result.append(result[index] + (offsets[index] < offsets[index + 1] ? 1 : 0))
      }
      return result
    }
  }
}
