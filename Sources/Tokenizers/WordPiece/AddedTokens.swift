/// A token that is found as a whole, whatever the vocabulary would make of its text: `[CLS]`, `[MASK]`, ...
package struct AddedToken: Hashable, Sendable, Codable {
  /// UTF-8, not empty.
  package var content: [UInt8]
  package var id: Int32
  /// Whether it is searched, normalized, in the normalized text (`true`) or in the text as given.
  package var isNormalized: Bool

  package init(content: [UInt8], id: Int32, isNormalized: Bool = false) {
    self.content = content
    self.id = id
    self.isNormalized = isNormalized
  }
}

/// Finds added tokens: leftmost first, the longest of those that start at the same byte, never overlapping.
struct AddedTokenSearch: Sendable {
  /// (256) whether some token starts with the byte.
  private var starts = [Bool](repeating: false, count: 256)
  /// Longest first.
  private var tokens: [(content: [UInt8], id: Int32)]

  var isEmpty: Bool { tokens.isEmpty }

  init(_ tokens: [(content: [UInt8], id: Int32)]) {
    self.tokens = tokens.sorted { $0.content.count > $1.content.count }
    for token in tokens { starts[Int(token.content[0])] = true }
  }

  /// The first token in `bytes[position..<end]`: its bytes and its id.
  @inline(__always)
  func next(in bytes: [UInt8], from position: Int, before end: Int) -> (range: Range<Int>, id: Int32)? {
    var position = position
    while position < end {
      if starts[Int(bytes[position])], let match = match(in: bytes, at: position, before: end) { return match }
      position &+= 1
    }
    return nil
  }

  private func match(in bytes: [UInt8], at position: Int, before end: Int) -> (range: Range<Int>, id: Int32)? {
    for (content, id) in tokens where position + content.count <= end {
      if bytes[position..<position + content.count].elementsEqual(content) {
        return (position..<position + content.count, id)
      }
    }
    return nil
  }
}
