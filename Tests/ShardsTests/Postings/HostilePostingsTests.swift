import Codecs
import Foundation
import Kernels
import Shards
import Testing

/// Files of version 3 that somebody changed, with all checksums right: an error or any answer, but no trap.
@Suite struct HostilePostingsTests {
  private static let documentCount = 2000

  /// Some 150 terms, a few of them with lists of several blocks.
  private func truth(_ random: inout PostingRandom) -> Inversion {
    var truth: Inversion = [:]
    for term in PostingFixtures.vocabulary(150, &random) {
      let share = [1, 2, 40, 300, 1400][random.below(5)]
      let most = 1 << (1 + random.below(16))
      truth[term] = (0..<Self.documentCount).filter { _ in random.below(2000) < share }.prefix(1500).map {
        Posting(document: UInt32($0), impact: Float(1 + random.below(most - 1)))
      }
      if truth[term] == [] { truth[term] = [Posting(document: 7, impact: 65535)] }
    }
    return truth
  }

  /// Flips bits, replaces bytes, or takes some away.
  private func damage(_ bytes: [UInt8], _ random: inout PostingRandom) -> [UInt8] {
    var bytes = bytes
    for _ in 0...random.below(4) where !bytes.isEmpty {
      let place = random.below(bytes.count)
      switch random.below(8) {
      case 0: bytes[place] = 255
      case 1: bytes[place] = UInt8(random.below(256))
      case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(4)))
      case 3: bytes.insert(contentsOf: [255, 255, 255, 255, 255, 255, 63].prefix(1 + random.below(7)), at: place)
      default: bytes[place] ^= 1 << UInt8(random.below(8))
      }
    }
    return bytes
  }

  private func damage(_ file: inout Forgery, _ lists: [TermEntry], _ random: inout PostingRandom) throws {
    let place = random.below(file.sections.count + 3)
    let name = place < file.sections.count ? file.sections[place].name : file.sections[0].name
    switch name {
    case "lists":
      // A list whose checksum stays, damaged most often in its directory.
      let entry = lists[random.below(lists.count)]
      var list = Array(file["lists"][entry.offset..<entry.offset + entry.length])
      let most = random.below(2) == 0 ? min(24, list.count) : list.count
      for _ in 0..<random.below(3) { list[random.below(most)] ^= 1 << UInt8(random.below(8)) }
      list = Forgery.forge(list, at: random.below(max(1, most - 3)), checksum: entry.checksum)
      file["lists"].replaceSubrange(entry.offset..<entry.offset + entry.length, with: list)
    case "codes", "model":
      let content = try ZstdDecompressor().decompress(ByteView(file[name]), limit: 1 << 20)
      file[name] = ZstdCompressor(level: 1).compress(damage(content, &random))
    default: file[name] = damage(file[name], &random)
    }
  }

  /// Reads all, every way. Documents ascend and are of the shard whatever the files say.
  private func readAll(_ folder: String, _ terms: [[UInt8]]) throws {
    let reader = try PostingsReader.open(folder)
    var entries: [TermEntry] = []
    defer { for entry in entries { try? read(reader, entry) } }
    for term in terms { if let entry = try? reader.entry(for: term) { entries.append(entry) } }
    try reader.forEachTerm { _, entry in entries.append(entry) }
  }

  private func read(_ reader: PostingsReader, _ entry: TermEntry) throws {
    for keepsDecoded in [false, true, true] {
      var cursor = try reader.cursor(at: entry, keepsDecoded: keepsDecoded)
      var next = 0
      while !cursor.isExhausted {
        #expect(Int(cursor.nextDocument) >= next)
        try cursor.decode()
        for document in cursor.documents[cursor.position..<cursor.count] {
          if document < next || document >= reader.documentCount { Issue.record("document \(document) behind \(next)") }
          next = Int(document) + 1
        }
        #expect(cursor.impacts[cursor.position..<cursor.count].allSatisfy { $0 >= 1 && $0 <= 65535 })
        try cursor.advanceBlock()
      }
    }
    var cursor = try reader.cursor(at: entry)
    var document: UInt32 = 0
    while document < UInt32.max, try cursor.seek(to: document) {
      let through = try cursor.maximum(below: document + 300).validThrough
      #expect(through >= document)
      document = through < .max ? through + 1 : .max
    }
  }

  private static var rounds: Int {
    ProcessInfo.processInfo.environment["BIGRAIN_HOSTILE_ROUNDS"].flatMap(Int.init) ?? 300
  }

  @Test func damageWithFittingChecksumsDoesNotTrap() throws {
    try PostingFixtures.seeds(3) { random in
      let truth = truth(&random)
      try PostingFixtures.withFolder { folder in
        try PostingFixtures.write(
          truth, to: folder, documentCount: Self.documentCount, kind: .integers, form: .small)
        let (terms, postings) = (try Forgery("\(folder)/terms"), try Forgery("\(folder)/postings"))
        var lists: [TermEntry] = []
        try PostingsReader.open(folder).forEachTerm { _, entry in if entry.inlineOffset == nil { lists.append(entry) } }
        for _ in 0..<Self.rounds {
          var (ownTerms, ownPostings) = (terms, postings)
          if random.below(2) == 0 {
            try damage(&ownTerms, lists, &random)
          } else {
            try damage(&ownPostings, lists, &random)
          }
          try? ownTerms.sealBlocks()
          try ownTerms.write(to: "\(folder)/terms")
          try ownPostings.write(to: "\(folder)/postings")
          try? readAll(folder, Array(truth.keys))
        }
      }
    }
  }

  /// 32769 lengths below 2^48 have a sum of more than 63 bits.
  @Test func lengthsOfBlocksWithAnEnormousSumAreRefused() throws {
    try PostingFixtures.withFolder { folder in
      let truth: Inversion = [[97]: [Posting(document: 0, impact: 1)]]
      try PostingFixtures.write(truth, to: folder, documentCount: 1, kind: .integers, form: .small)
      let count = 32_769
      for name in ["starts", "firstEnds"] {
        var terms = try Forgery("\(folder)/terms")
        terms["starts"] = [UInt8](repeating: 0, count: count)
        terms["firstEnds"] = terms["starts"]
        terms["checksums"] = [UInt8](repeating: 0, count: 4 * count)
        var lengths: [UInt8] = []
        for _ in 0..<count { VarintList.append(1 << 48 - 1, to: &lengths) }
        terms[name] = lengths
        var totals: [UInt8] = []
        totals.appendLittleEndian(UInt64(64 * count))
        terms["totals"].replaceSubrange(8..<16, with: totals)
        try terms.write(to: "\(folder)/terms")
        #expect(throws: FormatError.self) { try PostingsReader.open(folder) }
      }
    }
  }
}
