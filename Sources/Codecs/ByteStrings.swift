/// A list of byte strings in two arrays: terms, ids and texts without an allocation each.
///
/// String i is `data[offsets[i]..<offsets[i + 1]]`; `offsets` has one element more than there are strings and begins
/// with 0. At most 4 GiB of data.
package struct ByteStrings: Sendable, Hashable {
  package private(set) var offsets: [UInt32] = [0]
  package private(set) var data: [UInt8] = []

  package init() {}

  package init(_ strings: some Sequence<[UInt8]>) {
    for string in strings { append(string) }
  }

  /// The parts of a list read from a file; `nil` if the offsets do not describe `data`.
  package init?(offsets: [UInt32], data: [UInt8]) {
    guard offsets.first == 0, offsets.last.map(Int.init) == data.count,
      zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 })
    else { return nil }
    self.offsets = offsets
    self.data = data
  }

  package var count: Int { offsets.count - 1 }
  package var isEmpty: Bool { count == 0 }

  package subscript(index: Int) -> ArraySlice<UInt8> {
    data[Int(offsets[index])..<Int(offsets[index + 1])]
  }

  package mutating func append(_ string: some Collection<UInt8>) {
    data.append(contentsOf: string)
    precondition(data.count <= UInt32.max, "a list of byte strings holds at most 4 GiB")
    offsets.append(UInt32(data.count))
  }

  package mutating func append(_ string: Span<UInt8>) {
    for index in string.indices { data.append(string[index]) }
    precondition(data.count <= UInt32.max, "a list of byte strings holds at most 4 GiB")
    offsets.append(UInt32(data.count))
  }

  package mutating func reserve(strings: Int, bytes: Int) {
    offsets.reserveCapacity(strings + 1)
    data.reserveCapacity(bytes)
  }

  package mutating func removeAll() {
    offsets.removeSubrange(1...)
    data.removeAll(keepingCapacity: true)
  }

  /// Bytes that the list occupies in memory.
  package var memoryBytes: Int { offsets.count * 4 + data.count }

  /// Whether string `left` comes before string `right` as unsigned bytes.
  package func precedes(_ left: Int, _ right: Int) -> Bool {
    self[left].lexicographicallyPrecedes(self[right])
  }
}

extension ByteStrings: RandomAccessCollection {
  package var startIndex: Int { 0 }
  package var endIndex: Int { count }
}
