import Codecs
import Kernels
import Shards
import Testing

@Suite("Files of codes")
struct CodeFileTests {
  @Test("a scan finds what brute force finds, with the same bits, for any bits and parts")
  func scans() throws {
    var random = SeededGenerator.make()
    for (bits, parts) in [(8, 6), (8, 96), (5, 3), (4, 1), (4, 7), (4, 64), (2, 12), (1, 256), (4, 300)] {
      try Fixture.withFolder { folder in
        let count = Int.random(in: 1...2500, using: &random)
        let codes = (0..<count).map { _ in
          (0..<parts).map { _ in UInt8(Int.random(in: 0..<(1 << bits), using: &random)) }
        }
        let writer = try CodeWriter(folder: folder, parts: parts, bits: bits)
        for code in codes { try writer.append(code) }
        _ = try writer.commit()
        let reader = try #require(try CodeReader.open(folder))
        #expect(try reader.codes(of: count - 1) == codes[count - 1])
        let entries = CodeKernels.tableEntries(bits: bits)
        let tables = (0..<parts * entries).map { _ in Float.random(in: -1...1, using: &random) }
        let expected = codes.map { code in
          code.enumerated().reduce(Float(0)) { $0 + tables[$1.offset * entries + Int($1.element)] }
        }
        let sorted = expected.sorted(by: >)
        for threshold in [-Float.infinity, sorted[count / 2], sorted[min(9, count - 1)]] {
          var found: [Int: Float] = [:]
          try reader.scan(tables, threshold: { threshold }) { document, score in
            #expect(score >= threshold)
            found[document] = score
          }
          for document in 0..<count where expected[document] >= threshold {
            #expect(found[document] == expected[document], "\(parts) parts of \(bits) bits")
          }
        }
      }
    }
  }

  @Test("damage is found when they are opened")
  func damage() throws {
    try Fixture.withFolder { folder in
      let writer = try CodeWriter(folder: folder, parts: 3, bits: 8)
      for value in 0..<100 { try writer.append([UInt8(value), 1, 2]) }
      _ = try writer.commit()
      let path = folder + "/" + CodeWriter.fileName
      var bytes = try Fixture.read(path)
      bytes[200] ^= 4
      try Fixture.overwrite(path, bytes)
      #expect(throws: FormatError.self) { try CodeReader.open(folder) }
    }
  }
}

@Suite("Files of token vectors and of terms by document")
struct DocumentRecordTests {
  @Test("give each document's token vectors back")
  func tokens() throws {
    try Fixture.withFolder { folder in
      let writer = try TokenVectorWriter(folder: folder, residualBytes: 4)
      let documents: [([UInt32], [UInt8])] = [([1, 2], Array(1...8)), ([], []), ([7], [9, 9, 9, 9])]
      for (centroids, residuals) in documents {
        try writer.append(
          record: TokenVectorWriter.record(centroids: centroids, residuals: residuals, residualBytes: 4))
      }
      _ = try writer.commit()
      let reader = try #require(try TokenVectorReader.open(folder))
      for (document, expected) in documents.enumerated() {
        let record = try reader.record(of: document)
        #expect(record.centroids == expected.0 && record.residuals == expected.1)
      }
      #expect(throws: FormatError.self) { try reader.record(of: 3) }
      var bytes = try Fixture.read(reader.path)
      bytes[64 + 6] ^= 1
      try Fixture.overwrite(reader.path, bytes)
      let damaged = try #require(try TokenVectorReader.open(folder))
      #expect(throws: FormatError.self) { try damaged.record(of: 0) }
      #expect(throws: Never.self) { try damaged.record(of: 2) }
    }
  }

  @Test("give each document's terms and impacts back; the record is the example of the format")
  func forward() throws {
    #expect(
      Array(ForwardWriter.record([(7, 200), (3, 1)], kind: .integers).dropLast(4)) == [2, 3, 4, 1, 0xc8, 1])
    for kind in [ImpactKind.integers, .floats] {
      try Fixture.withFolder { folder in
        let words = ByteStrings((0..<200).map { Array("t\(1000 + $0)".utf8) })
        let writer = try ForwardWriter(folder: folder, vocabulary: words, impactKind: kind)
        let documents: [[(term: UInt32, impact: Float)]] = [
          [(0, 1), (199, 65535)], [], (0..<200).map { (UInt32($0), Float($0 + 1)) },
        ]
        for entries in documents { try writer.append(record: ForwardWriter.record(entries, kind: kind)) }
        _ = try writer.commit()
        let reader = try #require(try ForwardReader.open(folder))
        for (document, entries) in documents.enumerated() {
          let terms = try reader.terms(of: document)
          #expect(terms.map(\.term) == entries.map { Array(words[Int($0.term)]) })
          #expect(terms.map(\.impact) == entries.map(\.impact))
        }
        #expect(throws: FormatError.self) { try reader.terms(of: 3) }
      }
    }
  }
}
