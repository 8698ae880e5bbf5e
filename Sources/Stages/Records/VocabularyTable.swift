package import Codecs

/// Numbers distinct byte strings in the order in which they first come: open addressing over FNV-1a, no allocation a
/// string.
package struct VocabularyTable: Sendable {
  /// The strings by number.
  package private(set) var strings = ByteStrings()
  /// (slots): the hash's high half and number + 1, or 0 for an empty slot. A power of two, at most half full. The half
  /// hash keeps most probes of other strings from looking at their bytes, which are seldom in a cache.
  private var slots = [UInt64](repeating: 0, count: 1 << 12)

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
    let hash = Self.hash(string)
    let slot = slot(of: string, hash)
    if slots[slot] != 0 { return UInt32(truncatingIfNeeded: slots[slot]) - 1 }
    strings.append(string)
    slots[slot] = Self.mark(hash) | UInt64(strings.count)
    if 2 * strings.count > slots.count { rehash(2 * slots.count) }
    return UInt32(strings.count - 1)
  }

  /// The number of `string` if it is in the table.
  package func find(_ string: Span<UInt8>) -> UInt32? {
    let slot = slots[slot(of: string, Self.hash(string))]
    return slot == 0 ? nil : UInt32(truncatingIfNeeded: slot) - 1
  }

  @inline(__always)
  private static func hash(_ string: Span<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in string.indices { hash = (hash ^ UInt64(string[index])) &* 0x100_0000_01B3 }
    return hash ^ (hash >> 29)
  }

  @inline(__always)
  private static func mark(_ hash: UInt64) -> UInt64 { hash & 0xFFFF_FFFF_0000_0000 }

  @inline(__always)
  private func slot(of string: Span<UInt8>, _ hash: UInt64) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      let found = slots[slot]
      if Self.mark(found) == Self.mark(hash), isEqual(Int(UInt32(truncatingIfNeeded: found)) - 1, string) { break }
      slot = (slot + 1) & mask
    }
    return slot
  }

  private func isEqual(_ number: Int, _ string: Span<UInt8>) -> Bool {
    let start = Int(strings.offsets[number])
    guard Int(strings.offsets[number + 1]) - start == string.count else { return false }
    for index in string.indices where strings.data[start + index] != string[index] { return false }
    return true
  }

  private mutating func rehash(_ size: Int) {
    slots = [UInt64](repeating: 0, count: size)
    for number in 0..<strings.count {
      let start = Int(strings.offsets[number])
      let end = Int(strings.offsets[number + 1])
      let hash = Self.hash(strings.data.span.extracting(start..<end))
      // The strings are distinct: the first empty slot is the right one.
      var slot = Int(truncatingIfNeeded: hash) & (size - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (size - 1) }
      slots[slot] = Self.mark(hash) | UInt64(number + 1)
    }
  }

  /// Numbers in the byte order of their strings.
  package func sortedNumbers() -> [UInt32] {
    (0..<UInt32(count)).sorted { strings.precedes(Int($0), Int($1)) }
  }
}
