import Codecs
import Foundation
import Kernels
import Shards
import Testing

/// SplitMix64 (Steele, Lea and Flood, 2014): random tests print its seed and can be repeated.
struct PostingRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}

/// What a test holds as the truth: the postings of each term, documents ascending.
typealias Inversion = [[UInt8]: [Posting]]

struct Posting: Equatable, Comparable {
  let document: UInt32
  let impact: Float
  static func < (left: Posting, right: Posting) -> Bool { left.document < right.document }
}

enum PostingFixtures {
  /// Runs `body` with a seed that a failing run has printed.
  static func seeds(_ count: Int, _ body: (inout PostingRandom) throws -> Void) throws {
    for _ in 0..<count {
      let seed = UInt64.random(in: 0...UInt64.max)
      var random = PostingRandom(seed: seed)
      do { try body(&random) } catch {
        Issue.record("seed \(seed): \(error)")
        return
      }
    }
  }

  static func withFolder<R>(_ body: (String) throws -> R) throws -> R {
    let folder = NSTemporaryDirectory() + "postings-\(UInt64.random(in: 0...UInt64.max))"
    try FileSystem.createDirectories(folder)
    defer { try? FileSystem.removeTree(folder) }
    return try body(folder)
  }

  /// Terms that share prefixes, some empty, long or not UTF-8, in random order.
  static func vocabulary(_ count: Int, _ random: inout PostingRandom) -> [[UInt8]] {
    var terms: Set<[UInt8]> = count > 3 ? [[], Array(repeating: 0xff, count: 300), [0, 0]] : []
    while terms.count < count {
      terms.insert((0..<random.below(12)).map { _ in UInt8([97, 98, 0, 255][random.below(4)]) })
    }
    return terms.sorted { $0.lexicographicallyPrecedes($1) }.shuffled(using: &random)
  }

  /// A random chunk, and its postings as a table.
  static func chunk(
    documents: Int, vocabulary: [[UInt8]], kind: ImpactKind, density: Double, _ random: inout PostingRandom
  ) throws -> (postings: ChunkPostings, truth: Inversion) {
    var (offsets, terms, impacts): ([UInt32], [UInt32], [Float]) = ([0], [], [])
    var truth: Inversion = [:]
    for document in 0..<documents {
      for term in vocabulary.indices.shuffled(using: &random)
      where Double(random.below(1 << 20)) < density * Double(1 << 20) / Double(1 + term) {
        let impact = kind == .integers ? Float(random.below(300)) : Float(random.below(1000)) / 7 - 20
        terms.append(UInt32(term))
        impacts.append(impact)
        if kind == .integers, impact == 0 { continue }
        truth[vocabulary[term], default: []].append(Posting(document: UInt32(document), impact: impact))
      }
      offsets.append(UInt32(terms.count))
    }
    let values: Impacts = kind == .integers ? .integers(impacts.map { UInt16($0) }) : .floats(impacts)
    let postings = try ChunkPostings(
      vocabulary: ByteStrings(vocabulary), offsets: offsets, terms: terms, impacts: values)
    return (postings, truth)
  }

  /// All that a shard's files hold, in order.
  static func readAll(_ reader: PostingsReader) throws -> [(term: [UInt8], postings: [Posting])] {
    var all: [(term: [UInt8], postings: [Posting])] = []
    try reader.forEachTerm { term, entry in
      all.append((term, try read(reader.cursor(at: entry))))
    }
    return all
  }

  static func read(_ start: PostingCursor) throws -> [Posting] {
    var cursor = start
    var postings: [Posting] = []
    while !cursor.isExhausted {
      try cursor.decode()
      for index in cursor.position..<cursor.count {
        postings.append(Posting(document: cursor.documents[index], impact: cursor.impacts[index]))
      }
      try cursor.advanceBlock()
    }
    return postings
  }

  /// Writes `truth` as a shard.
  static func write(
    _ truth: Inversion, to folder: String, documentCount: Int, kind: ImpactKind,
    form: PostingsForm = .fast
  ) throws {
    let writer = try PostingsWriter(
      directory: folder, documentCount: documentCount, impactKind: kind, form: form)
    for (term, postings) in truth.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      try writer.begin(term: term)
      try writer.append(
        documents: postings.map(\.document), impacts: postings.map(\.impact), in: 0..<postings.count)
      try writer.endTerm()
    }
    _ = try writer.commit()
  }

  /// Whether a shard's files hold exactly `truth`, in order and by look-up.
  static func check(_ reader: PostingsReader, equals truth: Inversion) throws {
    let all = try readAll(reader)
    try #require(all.map(\.term) == truth.keys.sorted { $0.lexicographicallyPrecedes($1) })
    for (term, postings) in all { try #require(postings == truth[term]) }
    #expect(reader.totals.postingCount == truth.values.reduce(0) { $0 + $1.count })
    for (term, postings) in truth {
      let cursor = try #require(try reader.cursor(for: term))
      try #require(cursor.documentFrequency == postings.count)
      try #require(try read(cursor) == postings)
    }
  }
}
