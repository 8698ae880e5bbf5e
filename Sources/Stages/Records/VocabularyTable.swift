package import Codecs

/// Numbers distinct byte strings in the order in which they first come: open addressing over FNV-1a, no allocation a
/// string.
package struct VocabularyTable: Sendable {
  /// The strings by number.
  package private(set) var strings = ByteStrings()
  /// (slots): number + 1, or 0 for an empty slot. A power of two, at most half full.
  private var slots = [UInt32](repeating: 0, count: 1 << 12)

  package init() {}

  /// A table of distinct strings.
  package init(_ strings: ByteStrings) {
    self.strings = strings
    var size = slots.count
    while size < 2 * strings.count { size *= 2 }
    rehash(size)
  }

  package var count: Int { strings.count }

  /// The number of `string`, which is added if it is new.
  package mutating func number(of string: Span<UInt8>) -> UInt32 {
    let slot = slot(of: string)
    if slots[slot] != 0 { return slots[slot] - 1 }
    strings.append(string)
    slots[slot] = UInt32(strings.count)
    if 2 * strings.count > slots.count { rehash(2 * slots.count) }
    return UInt32(strings.count - 1)
  }

  /// The number of `string` if it is in the table.
  package func find(_ string: Span<UInt8>) -> UInt32? {
    let slot = slot(of: string)
    return slots[slot] == 0 ? nil : slots[slot] - 1
  }

  private func slot(of string: Span<UInt8>) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in string.indices { hash = (hash ^ UInt64(string[index])) &* 0x100_0000_01B3 }
    var slot = Int(truncatingIfNeeded: hash ^ (hash >> 29)) & (slots.count - 1)
    while slots[slot] != 0, !isEqual(Int(slots[slot] - 1), string) { slot = (slot + 1) & (slots.count - 1) }
    return slot
  }

  private func isEqual(_ number: Int, _ string: Span<UInt8>) -> Bool {
    let start = Int(strings.offsets[number])
    guard Int(strings.offsets[number + 1]) - start == string.count else { return false }
    for index in string.indices where strings.data[start + index] != string[index] { return false }
    return true
  }

  private mutating func rehash(_ size: Int) {
    slots = [UInt32](repeating: 0, count: size)
    for number in 0..<strings.count {
      let start = Int(strings.offsets[number])
      let end = Int(strings.offsets[number + 1])
      let slot = slot(of: strings.data.span.extracting(start..<end))
      slots[slot] = UInt32(number + 1)
    }
  }

  /// Numbers in the byte order of their strings.
  package func sortedNumbers() -> [UInt32] {
    (0..<UInt32(count)).sorted { strings.precedes(Int($0), Int($1)) }
  }
}
