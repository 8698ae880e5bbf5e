import Codecs
import Kernels
import Shards
import Testing

@Suite("Files of vectors")
struct VectorFileTests {
  private static func vectors(_ count: Int, _ dimension: Int, _ random: inout SeededGenerator) -> [[Float]] {
    (0..<count).map { _ in (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) } }
  }

  private static func write(
    _ vectors: [[Float]], _ encoding: VectorEncoding, _ scale: VectorScale, in folder: String
  ) throws -> VectorReader {
    let dimension = vectors[0].count
    let ranges = (0..<dimension).map { axis in vectors.map { abs($0[axis]) }.max() ?? 0 }
    let writer = try VectorWriter(
      folder: folder, dimension: dimension, encoding: encoding, scale: scale, ranges: ranges)
    for vector in vectors { try writer.append(row: writer.row(vector)) }
    _ = try writer.commit()
    return try #require(try VectorReader.open(folder))
  }

  static let kinds: [(VectorEncoding, VectorScale, Float)] = [
    (.float32, .vector, 0), (.float16, .vector, 0.0005), (.int8, .vector, 0.004), (.int8, .dimension, 0.004),
  ]

  @Test("give vectors back as exactly as their encoding can")
  func roundTrip() throws {
    var random = SeededGenerator.make()
    for (encoding, scale, error) in Self.kinds {
      try Fixture.withFolder { folder in
        let vectors = Self.vectors(50, 19, &random)
        let reader = try Self.write(vectors, encoding, scale, in: folder)
        for (document, vector) in vectors.enumerated() {
          for (own, given) in zip(try reader.vector(of: document), vector) { #expect(abs(own - given) <= error) }
        }
      }
    }
  }

  @Test("score a candidate with the same bits alone, among others, on several threads and in a scan")
  func sameScores() throws {
    var random = SeededGenerator.make()
    for (encoding, scale, _) in Self.kinds {
      try Fixture.withFolder { folder in
        let vectors = Self.vectors(3000, 40, &random)
        let reader = try Self.write(vectors, encoding, scale, in: folder)
        let queries = Self.vectors(3, 40, &random)
        var scanned = [[Float]](repeating: [], count: 3)
        let prepared = try reader.scanQueries(queries.flatMap { $0 }, count: 3)
        for piece in 0..<reader.scanPieces {
          for (place, score) in try reader.scan(piece, prepared).scores.enumerated() {
            scanned[place % 3].append(score)
          }
        }
        let documents = (0..<3000).filter { _ in Int.random(in: 0..<5, using: &random) == 0 }.map { UInt32($0) }
        for (query, scores) in zip(queries, scanned) {
          let found = try reader.scores(of: documents, query: query)
          #expect(found == documents.map { scores[Int($0)] })
          #expect(try reader.scores(of: documents, query: query, threads: 4) == found)
          #expect(try reader.scores(of: [documents[7]], query: query) == [found[7]])
        }
      }
    }
  }

  @Test("find damage before it ranks")
  func damage() throws {
    var random = SeededGenerator.make()
    try Fixture.withFolder { folder in
      let reader = try Self.write(Self.vectors(10, 8, &random), .float16, .vector, in: folder)
      var bytes = try Fixture.read(reader.path)
      let rows = try Envelope(path: reader.path).location(of: "rows")
      bytes[rows.offset + 3 * reader.rowBytes + 5] ^= 1
      try Fixture.overwrite(reader.path, bytes)
      let damaged = try VectorReader(path: reader.path)
      #expect(throws: FormatError.self) { try damaged.vector(of: 3) }
      #expect(throws: FormatError.self) { try damaged.scores(of: [1, 3], query: [Float](repeating: 1, count: 8)) }
      #expect(throws: Never.self) { try damaged.vector(of: 4) }
    }
  }

  @Test("refuse what they cannot hold, and queries of another dimension")
  func refusals() throws {
    try Fixture.withFolder { folder in
      let writer = try VectorWriter(folder: folder, dimension: 2, encoding: .float16, scale: .vector, ranges: [])
      #expect(throws: VectorError.self) { try writer.row([1, .nan]) }
      #expect(throws: VectorError.self) { try writer.row([1, 70000]) }
      try writer.append(row: writer.row([1, 2]))
      _ = try writer.commit()
      let reader = try #require(try VectorReader.open(folder))
      #expect(throws: VectorError.self) { try reader.scores(of: [0], query: [1, 2, 3]) }
    }
  }

  @Test("an int8 row is the example of the format")
  func example() {
    let layout = RowLayout(kind: .int8, dimension: 2, hasScale: true)
    let row = VectorKernels.row([1, -0.5], scale: 1.0 / 127, layout: layout)
    #expect(Array(row[0..<4]) == [0x7f, 0xc0, 0, 0] && row.count == 12)
  }
}

@Suite("Records out of order")
struct RecordOrderTests {
  @Test("come in the order of their numbers, whatever order they are given in")
  func orders() throws {
    var random = SeededGenerator.make()
    try Fixture.withFolder { folder in
      for _ in 0..<20 {
        let count = Int.random(in: 0..<60, using: &random)
        let records = (0..<count).map { [UInt8](repeating: UInt8($0), count: Int.random(in: 0..<9, using: &random)) }
        var numbers = Array(0..<count)
        // A start in order, then any.
        let sorted = Int.random(in: 0...count, using: &random)
        numbers = Array(numbers[..<sorted]) + numbers[sorted...].shuffled(using: &random)
        var found: [[UInt8]] = []
        let order = RecordOrder(path: folder + "/spill", count: count) { found.append($0) }
        for number in numbers { try order.submit(number, records[number]) }
        try order.finish()
        #expect(found == records)
      }
    }
  }
}
