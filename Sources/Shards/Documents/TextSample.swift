internal import Kernels

/// A sample of texts to train a dictionary on, which depends only on the seed and on what was offered: not on the
/// order, nor on how the collection was cut into chunks, because samples of parts can be merged.
///
/// Keeps the texts whose ids have the least hashes (bottom-k sampling; Cohen and Kaplan, "Summarizing Data using
/// Bottom-k Sketches", PODC 2007). Holds at most `2 * capacity * prefixBytes` bytes of text.
package struct TextSample: Sendable {
  private struct Item: Sendable {
    let hash: UInt64
    let id: [UInt8]
    let text: [UInt8]

    static func precedes(_ left: Item, _ right: Item) -> Bool {
      if left.hash != right.hash { return left.hash < right.hash }
      if left.id != right.id { return left.id.lexicographicallyPrecedes(right.id) }
      return left.text.lexicographicallyPrecedes(right.text)
    }
  }

  private let seed: UInt64
  private let capacity: Int
  private let prefixBytes: Int
  private var items: [Item] = []
  /// No text with a greater hash can be in the sample.
  private var threshold = UInt64.max

  /// - Parameters:
  ///   - seed: chooses the sample.
  ///   - capacity: texts at most.
  ///   - prefixBytes: of each text, so much is kept.
  package init(seed: UInt64, capacity: Int = 4096, prefixBytes: Int = 1024) {
    precondition(capacity > 0 && prefixBytes > 0)
    self.seed = seed
    self.capacity = capacity
    self.prefixBytes = prefixBytes
  }

  /// Offers a text; most are not kept, which costs a hash of the id.
  package mutating func offer(id: ArraySlice<UInt8>, text: ArraySlice<UInt8>) {
    let hash = Self.hash(id, seed: seed)
    if hash > threshold { return }
    items.append(Item(hash: hash, id: Array(id), text: Array(text.prefix(prefixBytes))))
    if items.count == 2 * capacity { cut() }
  }

  /// Adds the sample of another part of the collection, taken with the same seed, capacity and prefix.
  package mutating func merge(_ other: TextSample) {
    precondition(seed == other.seed && capacity == other.capacity && prefixBytes == other.prefixBytes)
    items += other.items
    cut()
  }

  private mutating func cut() {
    items.sort(by: Item.precedes)
    if items.count > capacity { items.removeLast(items.count - capacity) }
    if items.count == capacity { threshold = items[capacity - 1].hash }
  }

  /// The texts of the sample in the order of their hashes.
  package func texts() -> [[UInt8]] {
    var sample = self
    sample.cut()
    return sample.items.map(\.text)
  }

  /// A Zstandard dictionary of at most `capacity` bytes and of at most a 16th of the sample, below which it would cost
  /// more than it saves; empty if the sample is too small.
  package func dictionary(capacity: Int = 1 << 16) -> [UInt8] {
    let texts = texts().filter { !$0.isEmpty }
    let bytes = min(capacity, texts.reduce(0) { $0 + $1.count } / 16)
    return bytes < 1024 ? [] : ZstdDictionary.train(samples: texts, capacity: bytes)
  }

  /// FNV-1a of the seed and the bytes, then MurmurHash3's finalizer, so that ids that count up spread evenly.
  static func hash(_ bytes: ArraySlice<UInt8>, seed: UInt64) -> UInt64 {
    var hash = 0xCBF2_9CE4_8422_2325 ^ seed
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash = (hash ^ hash >> 33) &* 0xFF51_AFD7_ED55_8CCD
    hash = (hash ^ hash >> 33) &* 0xC4CE_B9FE_1A85_EC53
    return hash ^ hash >> 33
  }
}
