import Codecs
import Kernels
import Shards
import Testing

@Suite("Codes in lists")
struct CodeListTests {
  /// Codes of `numbers.count` documents, and the file of them in the lists `numbers`.
  private func write(
    _ folder: String, lists: Int, numbers: [UInt32], parts: Int, bits: Int, random: inout SeededGenerator
  ) throws -> [[UInt8]] {
    let codes = numbers.map { _ in (0..<parts).map { _ in UInt8(Int.random(in: 0..<(1 << bits), using: &random)) } }
    let grouped = CodeLists(count: lists, of: numbers)
    let writer = try CodeWriter(folder: folder, parts: parts, bits: bits, lists: grouped)
    let order = grouped.entries.enumerated().sorted { $0.element < $1.element }.map(\.offset)
    for document in order { try writer.append(codes[document]) }
    _ = try writer.commit()
    return codes
  }

  @Test("a scan finds the documents of its lists and no other, with the same bits as without lists")
  func scans() throws {
    var random = SeededGenerator.make()
    for (bits, parts, lists) in [(8, 6, 1), (8, 12, 40), (5, 3, 7), (4, 7, 40), (2, 12, 500), (4, 300, 9)] {
      try Fixture.withFolder { folder in
        let numbers = (0..<Int.random(in: 1...3000, using: &random)).map { _ in
          UInt32(Int.random(in: 0..<lists, using: &random))
        }
        let codes = try write(folder, lists: lists, numbers: numbers, parts: parts, bits: bits, random: &random)
        let reader = try #require(try CodeReader.open(folder))
        #expect(reader.lists == lists && reader.count == numbers.count)
        for document in codes.indices.prefix(100) { #expect(try reader.codes(of: document) == codes[document]) }
        #expect(throws: FormatError.self) { try reader.codes(of: codes.count) }
        let entries = CodeKernels.tableEntries(bits: bits)
        let tables = (0..<parts * entries).map { _ in Float.random(in: -1...1, using: &random) }
        let scores = codes.map { code in
          code.enumerated().reduce(Float(0)) { $0 + tables[$1.offset * entries + Int($1.element)] }
        }
        let some = (0..<lists).filter { _ in Bool.random(using: &random) }
        for scanned in [nil, Array(0..<lists), some, []] {
          let inside = codes.indices.filter { scanned?.contains(Int(numbers[$0])) ?? true }
          for threshold in [-Float.infinity, scores.sorted(by: >)[codes.count / 2]] {
            var found: [Int: Float] = [:]
            try reader.scan(tables, lists: scanned, threshold: { threshold }) { document, score in
              #expect(found.updateValue(score, forKey: document) == nil)
            }
            let expected = inside.filter { scores[$0] >= threshold }
            #expect(Set(found.keys) == Set(expected), "\(parts) parts of \(bits) bits, \(lists) lists")
            #expect(expected.allSatisfy { found[$0] == scores[$0] })
          }
        }
      }
    }
  }

  @Test("the example of the format; without lists a file is of version 1")
  func format() throws {
    try Fixture.withFolder { folder in
      var random = SeededGenerator.make()
      _ = try write(folder, lists: 2, numbers: [1, 0, 1], parts: 1, bits: 8, random: &random)
      let envelope = try Envelope(path: folder + "/" + CodeWriter.fileName)
      #expect(envelope.version == 2)
      #expect(try envelope.section("starts").bytes == [0, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0])
      #expect(try envelope.section("documents").bytes == [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0])
    }
    try Fixture.withFolder { folder in
      let writer = try CodeWriter(folder: folder, parts: 1, bits: 8)
      try writer.append([7])
      _ = try writer.commit()
      let envelope = try Envelope(path: folder + "/" + CodeWriter.fileName)
      #expect(envelope.version == 1 && envelope.sections.map(\.name) == ["codes", "summary"])
      #expect(try #require(try CodeReader.open(folder)).lists == nil)
    }
  }

  /// A file whose checksums are right and whose lists may be anything.
  private func forge(_ folder: String, summary: [UInt32], starts: [UInt32]?, documents: [UInt32]?) throws {
    let path = folder + "/" + CodeWriter.fileName
    try FileSystem.removeFile(path)
    let writer = try EnvelopeWriter(path: path, kind: CodeWriter.kind)
    try writer.section("codes", [UInt8](repeating: 0, count: 32))
    for (name, values) in [("summary", summary), ("starts", starts), ("documents", documents)] {
      guard let values else { continue }
      var bytes: [UInt8] = []
      for value in values { bytes.appendLittleEndian(value) }
      try writer.section(name, bytes)
    }
    _ = try writer.commit()
  }

  @Test("lists that are none are refused, whoever made the checksums")
  func hostile() throws {
    try Fixture.withFolder { folder in
      try forge(folder, summary: [3, 1, 8, 2], starts: [0, 1, 3], documents: [1, 0, 2])
      #expect(try CodeReader.open(folder)?.lists == 2)
      let forged: [(summary: [UInt32], starts: [UInt32]?, documents: [UInt32]?)] = [
        ([3, 1, 8, 2], [0, 4, 3], [1, 0, 2]), ([3, 1, 8, 2], [0, .max, 3], [1, 0, 2]),
        ([3, 1, 8, 2], [1, 1, 3], [1, 0, 2]), ([3, 1, 8, 2], [0, 1, 2], [1, 0, 2]),
        ([3, 1, 8, 2], [0, 3], [1, 0, 2]), ([3, 1, 8, 0], [0], [1, 0, 2]), ([3, 1, 8, .max], [0, 1, 3], [1, 0, 2]),
        ([3, 1, 8, 2], [0, 1, 3], [1, 0, 3]), ([3, 1, 8, 2], [0, 1, 3], [1, 0, .max]),
        ([3, 1, 8, 2], [0, 1, 3], [1, 1, 2]), ([3, 1, 8, 2], [0, 1, 3], [1, 2, 0]),
        ([3, 1, 8, 2], [0, 1, 3], [1, 0]), ([3, 1, 8, 2], nil, [1, 0, 2]), ([3, 1, 8, 2], [0, 1, 3], nil),
        ([3, 1, 8], [0, 1, 3], [1, 0, 2]), ([33, 1, 8, 2], [0, 1, 3], [1, 0, 2]), ([], nil, nil),
      ]
      for (summary, starts, documents) in forged {
        try forge(folder, summary: summary, starts: starts, documents: documents)
        #expect(throws: FormatError.self, "\(summary) \(starts ?? []) \(documents ?? [])") {
          try CodeReader.open(folder)
        }
        #expect(throws: Never.self) { try Inspection.describe(folder + "/" + CodeWriter.fileName) }
      }
    }
  }
}
