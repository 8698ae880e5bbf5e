internal import Foundation
internal import Kernels
internal import Shards

/// What an index's inverted lists look like: all terms are counted, of the postings some blocks are decoded.
struct IndexSample {
  /// Terms by the documents that have them, in bins from 2^n on.
  private(set) var lengths: [Int] = []
  private(set) var terms = 0
  /// Impacts of the sampled postings.
  private(set) var impacts: [Float] = []
  /// Of each sampled block: its largest impact, and that of its list.
  private(set) var maxima: [(block: Float, list: Float)] = []
  private(set) var areIntegers = true

  /// Blocks that are decoded, of all shards together.
  static let blocks = 1024
  /// Terms that are counted at most: some seconds' worth.
  static let termLimit = 8_000_000

  /// Samples the generation in `folder`. `nil` where it has no inverted lists. Throws what readers throw.
  init?(of folder: String, _ manifest: Manifest) throws {
    let shards = manifest.shards.filter { $0.files.contains { $0.name == "terms" } }
    if shards.isEmpty { return nil }
    for shard in shards { try add(PostingsReader.open("\(folder)/\(shard.name)"), of: shards.count) }
  }

  /// A block of every so many postings, so that a long list has as much weight as it has postings. Which of the list's
  /// blocks: the golden ratio spreads them evenly over the documents.
  private mutating func add(_ reader: PostingsReader, of shards: Int) throws {
    areIntegers = areIntegers && reader.impactKind == .integers
    let step = max(1, reader.totals.postingCount / max(Self.blocks / shards, 1))
    var position = step / 2
    var seen = 0
    var turn = 0.0
    var walk = reader.walkTerms()
    while terms < Self.termLimit, let (_, entry) = try walk.next() {
      count(entry)
      seen += entry.documentFrequency
      while position < seen {
        turn = (turn + 0.618_033_988_75).truncatingRemainder(dividingBy: 1)
        try take(entry, UInt32(turn * Double(reader.documentCount)), reader)
        position += step
      }
    }
  }

  private mutating func count(_ entry: TermEntry) {
    terms += 1
    let bin = Int.bitWidth - 1 - entry.documentFrequency.leadingZeroBitCount
    if lengths.count <= bin { lengths += [Int](repeating: 0, count: bin + 1 - lengths.count) }
    lengths[bin] += 1
  }

  private mutating func take(_ entry: TermEntry, _ document: UInt32, _ reader: PostingsReader) throws {
    var cursor = try reader.cursor(at: entry)
    try cursor.advance(to: document)
    if cursor.isExhausted { cursor = try reader.cursor(at: entry) }
    try cursor.decode()
    let block = cursor.impacts[0..<cursor.count]
    impacts += block
    maxima.append((block.max() ?? 0, entry.maxImpact))
  }
}
