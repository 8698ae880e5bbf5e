import Codecs
import Kernels
import Shards
import Testing

@Suite struct DocumentDamageTests {
  enum Answer: Equatable {
    case bytes([UInt8]?)
    case number(Int?)
    case corrupt

    static func ask(_ question: () throws -> Answer) throws -> Answer {
      do { return try question() } catch is FormatError { return .corrupt }
    }
  }

  /// What a reader says to every question: the answer, or that the file is corrupt.
  func answers(_ path: String, count: Int, ids: [[UInt8]]) throws -> [Answer] {
    let reader: DocumentReader
    do { reader = try DocumentReader(path: path) } catch is FormatError { return [] }
    var answers: [Answer] = [.number(reader.count)]
    for number in 0..<count {
      answers.append(try .ask { .bytes(try reader.id(of: number)) })
      answers.append(try .ask { .number(try reader.rank(of: number)) })
      answers.append(try .ask { .number(try reader.document(atRank: number)) })
      answers.append(try .ask { .bytes(try reader.text(of: number)) })
    }
    for id in ids { answers.append(try .ask { .number(try reader.number(of: id)) }) }
    return answers
  }

  @Test func noFlippedBitOrTruncationGivesAWrongAnswer() throws {
    try Fixture.withFolder { folder in
      let path = folder + "/documents"
      // Two blocks of ids and two of texts.
      let documents = (0..<18).map { number in
        (id: Array("id\(number * 7919 % 18)".utf8), text: [UInt8](repeating: UInt8(number), count: 1700))
      }
      try Fixture.writeDocuments(documents, to: path)
      let good = try Fixture.read(path)
      let ids = documents.map(\.id) + [Array("absent".utf8), []]
      let expected = try answers(path, count: 18, ids: ids)
      #expect(!expected.contains(.corrupt))
      func expectHonest(_ damaged: [UInt8], _ what: String) throws {
        try Fixture.overwrite(path, damaged)
        for (given, right) in zip(try answers(path, count: 18, ids: ids), expected) where given != .corrupt {
          #expect(given == right, "\(what)")
        }
      }
      for bit in 0..<(good.count * 8) {
        var damaged = good
        damaged[bit / 8] ^= 1 << UInt8(bit % 8)
        try expectHonest(damaged, "bit \(bit)")
        #expect(throws: FormatError.self, "bit \(bit)") { try DocumentReader(path: path).verify() }
      }
      for length in 0..<good.count {
        try expectHonest(Array(good.prefix(length)), "first \(length) bytes")
        #expect(throws: FormatError.self) { try DocumentReader(path: path).verify() }
      }
    }
  }

  /// Damage under a checksum that was made right again: no crash, whatever is answered.
  @Test func sectionsThatLieDoNotCrash() throws {
    var random = SeededGenerator.make()
    try Fixture.withFolder { folder in
      let path = folder + "/documents"
      let documents = (0..<50).map { (id: Array("id\($0)".utf8), text: Array("some text \($0)".utf8)) }
      try Fixture.writeDocuments(documents, to: path)
      let sections = try Envelope(path: path).sections.map { section in
        (section.name, try Envelope(path: path).verifiedSection(section.name).bytes)
      }
      for _ in 0..<1000 {
        let victim = Int.random(in: 0..<sections.count, using: &random)
        let writer = try EnvelopeWriter(path: folder + "/lie", kind: FileKind("documents"))
        for (index, section) in sections.enumerated() {
          var bytes = section.1
          if index == victim && !bytes.isEmpty {
            for _ in 0..<Int.random(in: 1...4, using: &random) {
              let place = Int.random(in: 0..<bytes.count, using: &random)
              bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0...bytes.count, using: &random)) }
          }
          try writer.section(section.0, bytes)
        }
        _ = try writer.commit()
        _ = try answers(folder + "/lie", count: 50, ids: documents.map(\.id))
        do { try DocumentReader(path: folder + "/lie").verify() } catch is FormatError {}
      }
    }
  }
}
