/// The vocabulary as a double-array trie over bytes (Aoe 1989; children at `base ^ byte`), for the longest entry that
/// starts at a place.
///
/// One 8-byte unit a node: `base` in bits 0-27, the byte that leads to the node plus 1 in bits 28-36 (0: the unit is
/// free), the entry's id plus 1 in bits 37-63 (0: no entry ends here). No two nodes share a base, so the byte alone
/// proves the parent.
struct PieceTrie: Sendable {
  private let units: [UInt64]

  /// A place in the trie, before any byte or after a prefix.
  struct Node: Equatable, Sendable {
    fileprivate var unit: UInt64
  }

  /// - Parameter entries: distinct, not empty, in ascending order of their bytes, with ids below 2^27 - 1.
  init(_ entries: [(bytes: [UInt8], id: Int32)]) {
    var builder = Builder()
    builder.place(entries)
    units = builder.units
  }

  /// Before any byte.
  var root: Node { Node(unit: units[0]) }

  /// The node that `prefix` leads to from the root, or `nil` if no entry starts with it.
  func node(of prefix: some Sequence<UInt8>) -> Node? {
    var node = root
    for byte in prefix {
      guard let child = child(of: node, byte) else { return nil }
      node = child
    }
    return node
  }

  func id(of entry: some Sequence<UInt8>) -> Int32? {
    guard let node = node(of: entry) else { return nil }
    let id = Self.id(node.unit)
    return id < 0 ? nil : id
  }

  /// The longest entry that `bytes[start..<end]` starts with after `node`; at least one byte long. `id` is -1 if none.
  @inline(__always)
  func longestMatch(in bytes: [UInt8], from start: Int, before end: Int, after node: Node) -> (id: Int32, end: Int) {
    var best: (id: Int32, end: Int) = (-1, start)
    var unit = node.unit
    var position = start
    while position < end {
      let byte = bytes[position]
      unit = units[Int(unit & 0xFFF_FFFF) ^ Int(byte)]
      guard unit &>> 28 & 0x1FF == UInt64(byte) &+ 1 else { break }
      position &+= 1
      if unit &>> 37 != 0 { best = (Self.id(unit), position) }
    }
    return best
  }

  @inline(__always)
  private static func id(_ unit: UInt64) -> Int32 {
    Int32(truncatingIfNeeded: unit &>> 37) &- 1
  }

  private func child(of node: Node, _ byte: UInt8) -> Node? {
    let unit = units[Int(node.unit & 0xFFF_FFFF) ^ Int(byte)]
    return unit >> 28 & 0x1FF == UInt64(byte) + 1 ? Node(unit: unit) : nil
  }
}

extension PieceTrie {
  /// Places nodes breadth first, each at the first base at which all its children find free units.
  private struct Builder {
    var units = [UInt64](repeating: 0, count: 256)
    /// (units) whether a node has this base already.
    private var isBase = [Bool](repeating: false, count: 256)
    /// Every unit below is taken, or was passed over because hardly any node fits there.
    private var firstFree = 1

    /// A node whose children are still to be placed: the entries that share its first `depth` bytes.
    private struct Pending {
      var unit: Int
      var entries: Range<Int>
      var depth: Int
    }

    init() {
      // The root is taken, by a label that no byte has; and base 0 stays free of children: leaves have it.
      units[0] = 0x1FF << 28
      isBase[0] = true
    }

    mutating func place(_ entries: [(bytes: [UInt8], id: Int32)]) {
      var queue = [Pending(unit: 0, entries: entries.indices, depth: 0)]
      var head = 0
      while head < queue.count {
        let node = queue[head]
        head += 1
        queue.append(contentsOf: placeChildren(of: node, entries))
      }
    }

    private mutating func placeChildren(
      of node: Pending, _ entries: [(bytes: [UInt8], id: Int32)]
    ) -> [Pending] {
      var children: [(byte: UInt8, entries: Range<Int>)] = []
      var index = node.entries.lowerBound
      while index < node.entries.upperBound {
        let bytes = entries[index].bytes
        if bytes.count == node.depth {  // the node's own entry, first in order
          units[node.unit] |= UInt64(entries[index].id + 1) << 37
          index += 1
          continue
        }
        let byte = bytes[node.depth]
        let start = index
        while index < node.entries.upperBound, entries[index].bytes[node.depth] == byte {
          index += 1
        }
        children.append((byte, start..<index))
      }
      guard !children.isEmpty else { return [] }
      let base = freeBase(for: children.map(\.byte))
      units[node.unit] |= UInt64(base)
      return children.map { child in
        units[base ^ Int(child.byte)] = (UInt64(child.byte) + 1) << 28
        return Pending(unit: base ^ Int(child.byte), entries: child.entries, depth: node.depth + 1)
      }
    }

    private mutating func freeBase(for bytes: [UInt8]) -> Int {
      while firstFree < units.count, units[firstFree] != 0 { firstFree += 1 }
      var candidate = firstFree
      while true {
        if candidate == units.count { grow() }
        let base = candidate ^ Int(bytes[0])
        if units[candidate] == 0, fits(base, bytes) {
          isBase[base] = true
          return base
        }
        candidate += 1
        // Scanning the same nearly full area again and again would make building quadratic.
        if candidate - firstFree > 512 { firstFree += 256 }
      }
    }

    private func fits(_ base: Int, _ bytes: [UInt8]) -> Bool {
      guard !isBase[base] else { return false }
      for byte in bytes where units[base ^ Int(byte)] != 0 { return false }
      return true
    }

    private mutating func grow() {
      units.append(contentsOf: repeatElement(0, count: 256))
      isBase.append(contentsOf: repeatElement(false, count: 256))
    }
  }
}
