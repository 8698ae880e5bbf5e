internal import Codecs
internal import Dataflow
internal import Kernels
internal import Quantizers

/// A seeded sample of a collection's vectors, for quantizers to learn from: the records whose ids have the smallest
/// hashes. Which they are depends on ids and seed alone, not on chunks or workers.
///
/// A chunk's file is an `Envelope` of kind `sample`, version 1, little-endian: `summary` = dimension:u32 records:u32,
/// `hashes` = u64{records} ascending, `counts` = u32{records}, `values` = f32{sum of counts, dimension}.
struct RowSample {
  static let kind = FileKind("sample")

  /// Of a whole collection.
  struct Collected {
    var dimension = 0
    /// Records and vectors of the collection, as far as chunks kept them.
    var records = 0
    var vectors = 0
    /// (sampled vectors, dimension): records in the order of their hashes, which is a random one.
    var values: [Float] = []
    /// (sampled records): vectors of each.
    var counts: [Int] = []
  }

  /// Writes a chunk's part: the records whose hash is in the first `fraction` of all hashes, at most `limit`.
  ///
  /// - Parameter vectors: where each record's vectors begin and end.
  static func write(
    ids: ByteStrings, dimension: Int, values: [Float], vectors: (Int) -> Range<Int>, seed: UInt64, fraction: Double,
    limit: Int, to path: String, attempt: Int
  ) throws -> FileSeal {
    let hashes = ids.indices.map { SeededSequence.hash(ids[$0], seed: seed) }
    let bound = fraction >= 1 ? UInt64.max : UInt64(fraction * 0x1p64)
    let chosen = ids.indices.filter { hashes[$0] <= bound }.sorted { (hashes[$0], $0) < (hashes[$1], $1) }.prefix(limit)
    var (summary, keys, counts, rows): ([UInt8], [UInt8], [UInt8], [UInt8]) = ([], [], [], [])
    summary.appendLittleEndian(UInt32(dimension))
    summary.appendLittleEndian(UInt32(chosen.count))
    for row in chosen {
      let range = vectors(row)
      keys.appendLittleEndian(hashes[row])
      counts.appendLittleEndian(UInt32(range.count))
      rows.appendLittleEndian(
        contentsOf: Array(values[range.lowerBound * dimension..<range.upperBound * dimension]))
    }
    let writer = try EnvelopeWriter(path: path, kind: kind, attempt: attempt)
    try writer.section("summary", summary)
    try writer.section("hashes", keys)
    try writer.section("counts", counts)
    try writer.section("values", rows)
    return try writer.commit()
  }

  private struct Chunk {
    let path: String
    let hashes: [UInt64]
    let counts: [Int]
  }

  private struct Record {
    let hash: UInt64
    let chunk: Int
    let row: Int
    let start: Int
    let count: Int
  }

  /// Brings the chunks together. `records`: how many to take of all there are; `vectors`: the most vectors to take,
  /// which bounds the memory.
  static func collect(
    _ reduction: Reduction, vectors: (_ dimension: Int) -> Int, records: (_ records: Int) -> Int
  ) throws -> Collected {
    var result = Collected()
    var all: [Record] = []
    for (number, contribution) in reduction.contributions.enumerated() {
      let envelope = try Envelope(path: contribution.path, kind: kind, access: .positional)
      let summary = try envelope.verifiedSection("summary")
      let rows = Int(try summary.load(UInt32.self, at: 4))
      if rows > 0 { result.dimension = Int(try summary.load(UInt32.self, at: 0)) }
      let hashes = try envelope.verifiedSection("hashes").array(of: UInt64.self, at: 0, count: rows)
      let counts = try envelope.verifiedSection("counts").array(of: UInt32.self, at: 0, count: rows)
      var start = 0
      for row in 0..<rows {
        all.append(Record(hash: hashes[row], chunk: number, row: row, start: start, count: Int(counts[row])))
        start += Int(counts[row])
      }
      result.vectors += start
    }
    result.records = all.count
    all.sort { ($0.hash, $0.chunk, $0.row) < ($1.hash, $1.chunk, $1.row) }
    var left = vectors(max(result.dimension, 1))
    let chosen = all.prefix(records(all.count)).prefix { record in
      left -= record.count
      return left >= 0
    }
    result.counts = chosen.map(\.count)
    result.values = try values(Array(chosen), reduction, dimension: result.dimension)
    return result
  }

  private static func values(_ chosen: [Record], _ reduction: Reduction, dimension: Int) throws -> [Float] {
    var starts = [0]
    for record in chosen { starts.append(starts[starts.count - 1] + record.count * dimension) }
    var values = [Float](repeating: 0, count: starts[chosen.count])
    let places = Dictionary(grouping: chosen.indices, by: { chosen[$0].chunk })
    for (chunk, members) in places.sorted(by: { $0.key < $1.key }) {
      try reduction.checkCancellation()
      let section = try Envelope(path: reduction.contributions[chunk].path, kind: kind, access: .positional)
        .verifiedSection("values")
      for member in members {
        let record = chosen[member]
        let part = try section.floats(at: record.start * dimension * 4, count: record.count * dimension)
        values.replaceSubrange(starts[member]..<starts[member] + part.count, with: part)
      }
    }
    return values
  }
}
