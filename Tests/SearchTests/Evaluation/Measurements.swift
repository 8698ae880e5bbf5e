import Codecs
import Foundation
import Kernels
import Search
import Shards
import Testing

/// Times and sizes on synthetic documents: `BIGRAIN_MEASURE=1000000 swift test -c release --filter Measurements`.
/// The number is that of documents. Nothing is asserted but exactness.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["BIGRAIN_MEASURE"] != nil))
struct Measurements {
  private static let chunkDocuments = 4096
  private static let vocabularySize = 200_000
  private static let termsPerDocument = 60

  private let documents = Int(ProcessInfo.processInfo.environment["BIGRAIN_MEASURE"] ?? "") ?? 1_000_000

  /// The term whose probability is 1 / (rank + 3), by inversion of the integral.
  private func zipf(_ random: inout EvaluationRandom) -> Int {
    let u = Double(random.next() >> 11) * 0x1p-53
    return min(Self.vocabularySize - 1, Int(3 * (exp(u * log(Double(Self.vocabularySize) / 3 + 1)) - 1)))
  }

  /// Eight bits, larger for rare terms, as BM25's.
  private func impact(_ term: Int, _ random: inout EvaluationRandom) -> UInt16 {
    let idf = log(Double(term) + 4) / log(Double(Self.vocabularySize))
    return UInt16(max(1, min(255, 255 * idf * Double(30 + random.below(70)) / 100)))
  }

  private func term(_ index: Int) -> [UInt8] { Array("t\(UInt32(index) &* 2_654_435_761)".utf8) }

  private func chunk(_ number: Int, asFloats: Bool) throws -> ChunkPostings {
    var random = EvaluationRandom(seed: UInt64(number))
    var (offsets, terms, impacts): ([UInt32], [UInt32], [UInt16]) = ([0], [], [])
    var local: [Int: UInt32] = [:]
    var vocabulary = ByteStrings()
    for _ in 0..<min(Self.chunkDocuments, documents - number * Self.chunkDocuments) {
      var seen: Set<Int> = []
      while seen.count < Self.termsPerDocument {
        let term = zipf(&random)
        guard seen.insert(term).inserted else { continue }
        if local[term] == nil {
          local[term] = UInt32(vocabulary.count)
          vocabulary.append(self.term(term))
        }
        terms.append(local[term] ?? 0)
        impacts.append(impact(term, &random))
      }
      offsets.append(UInt32(terms.count))
    }
    return try ChunkPostings(
      vocabulary: vocabulary, offsets: offsets, terms: terms,
      impacts: asFloats ? .floats(impacts.map { Float($0) * 0.01 }) : .integers(impacts))
  }

  /// Seconds of processor time: other work on the machine and waiting for the disk do not count.
  private func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = clock()
    try body()
    return Double(clock() - start) / Double(CLOCKS_PER_SEC)
  }

  /// MiB that `/proc/self/status` gives for `field`.
  private func memory(_ field: String) -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix(field) }
    return (line?.split(separator: " ").compactMap { Int($0) }.first ?? 0) / 1024
  }

  @Test(arguments: [false]) func aShardOfSyntheticDocuments(asFloats: Bool) throws {
    try EvaluationFixtures.withFolder { folder in
      let kind: ImpactKind = asFloats ? .floats : .integers
      print("\(documents) documents, \(kind)")
      try writeRuns(folder, asFloats: asFloats)
      try merge(folder, kind, memory: 64 << 20)
      try merge(folder, kind, memory: 4 << 20)
      let postings = try PostingsReader.open(folder)
      let sizes = try ["terms", "postings", "blockmax"].map { try FileSystem.status(folder + "/" + $0)?.size ?? 0 }
      let total = Double(sizes.reduce(0, +))
      print("terms, postings, blockmax: \(sizes) bytes; \(total / Double(postings.totals.postingCount)) a posting")
      let view = ShardView(postings: postings, idRank: { $0 }, documentID: { Array("\($0)".utf8) })
      try measureQueries(view, "6 terms", length: 6) { _ in 1 }
      try measureQueries(view, "30 weighted terms", length: 30) { Float.random(in: 0.01...2, using: &$0) }
    }
  }

  private func writeRuns(_ folder: String, asFloats: Bool) throws {
    var time = 0.0
    var (count, bytes) = (0, 0)
    for number in 0..<(documents + Self.chunkDocuments - 1) / Self.chunkDocuments {
      let chunk = try chunk(number, asFloats: asFloats)
      count += chunk.terms.count
      time += try seconds { bytes += try chunk.writeRun(to: "\(folder)/run-\(number)").size }
    }
    print("runs: \(count) postings, \(Double(count) / time / 1e6) M/s, \(Double(bytes) / Double(count)) bytes each")
  }

  private func merge(_ folder: String, _ kind: ImpactKind, memory bytes: Int) throws {
    let runs = (documents + Self.chunkDocuments - 1) / Self.chunkDocuments
    let inputs = (0..<runs).map {
      PostingMerge.Input(
        path: "\(folder)/run-\($0)", mapping: .shifted(by: UInt32($0 * Self.chunkDocuments)))
    }
    // Begins a new peak of the resident set.
    try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
    let before = memory("VmRSS")
    let time = try seconds {
      let merge = try PostingMerge(inputs: inputs, impactKind: kind, memory: bytes, temporaryFolder: folder)
      let writer = try PostingsWriter(directory: folder, documentCount: documents, impactKind: kind)
      try merge.write(to: writer)
      _ = try writer.commit()
    }
    let count = try PostingsReader.open(folder).totals.postingCount
    print(
      "merge of \(runs) runs in \(bytes >> 20) MiB: \(Double(count) / time / 1e6) M postings/s, "
        + "resident before \(before) MiB, at most \(memory("VmHWM")) MiB")
  }

  private func measureQueries(
    _ view: ShardView, _ label: String, length: Int, weight: (inout EvaluationRandom) -> Float
  ) throws {
    var random = EvaluationRandom(seed: 42)
    let queries = try (0..<200).map { _ in
      try Query((0..<length).map { _ in (term: term(zipf(&random) + 20), weight: weight(&random)) })
    }
    for k in [10, 1000] {
      var found: [[[Hit]]] = []
      for strategy in EvaluationStrategies.all {
        var hits: [[Hit]] = []
        // Once to touch the pages.
        for round in 0..<2 {
          hits.removeAll()
          let time = try seconds {
            for query in queries { hits.append(try TopK.search(query, shards: [view], k: k, strategy: strategy)) }
          }
          if round == 1 { print("\(label), k \(k), \(strategy.name): \(Int(time / 200 * 1e6)) microseconds a query") }
        }
        found.append(hits)
      }
      #expect(found[0] == found[1])
    }
  }
}
