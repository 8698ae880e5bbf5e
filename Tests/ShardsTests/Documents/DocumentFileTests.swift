import Codecs
import Kernels
import Shards
import Testing

@Suite struct DocumentFileTests {
  typealias Document = (id: [UInt8], text: [UInt8])

  /// Everything that was written comes back, by number, by id and by rank.
  func expectRoundTrip(_ documents: [Document], options: DocumentWriter.Options = .init()) throws {
    try Fixture.withFolder { folder in
      let path = folder + "/documents"
      let seal = try Fixture.writeDocuments(documents, to: path, options: options)
      #expect(seal == (try FileSeal.measure(path)))
      #expect(try FileSystem.list(folder) == ["documents"], "no temporary file is left")
      let reader = try DocumentReader(path: path)
      try reader.verify()
      #expect(reader.count == documents.count)
      let sorted = documents.indices.sorted { documents[$0].id.lexicographicallyPrecedes(documents[$1].id) }
      for (rank, number) in sorted.enumerated() {
        #expect(try reader.rank(of: number) == rank)
        #expect(try reader.document(atRank: rank) == number)
        #expect(try reader.id(of: number) == documents[number].id)
        #expect(try reader.number(of: documents[number].id) == number)
        #expect(try reader.text(of: number) == (options.storesText ? documents[number].text : nil))
        for absent in [documents[number].id + [0], Array(documents[number].id.dropLast())] {
          let expected = documents.firstIndex { $0.id == absent }
          #expect(try reader.number(of: absent) == expected)
        }
      }
      #expect(throws: FormatError.self) { try reader.id(of: documents.count) }
      #expect(throws: FormatError.self) { try reader.rank(of: -1) }
    }
  }

  func document(_ id: String, _ text: String) -> Document { (Array(id.utf8), Array(text.utf8)) }

  @Test func zeroAndOneDocument() throws {
    try expectRoundTrip([])
    try expectRoundTrip([document("only", "")])
    var options = DocumentWriter.Options()
    options.storesText = false
    try expectRoundTrip([], options: options)
    try expectRoundTrip([document("only", "ignored")], options: options)
  }

  @Test func hostileIDsAreKeptAsGiven() throws {
    let ids: [[UInt8]] = [
      [0], [0, 0], [0xFF], [0xFF, 0xFE], Array("caf\u{e9}".utf8), Array("cafe\u{301}".utf8), Array(" ".utf8),
      Array("a\tb\nc\r".utf8), Array("\u{2028}".utf8), Array("../../etc/passwd".utf8), Array("10".utf8),
      Array("9".utf8),
      Array("09".utf8), [UInt8](repeating: 65, count: 100_000), [UInt8](repeating: 65, count: 100_001), [0xC3, 0x28],
      Array("\u{1F469}\u{200D}\u{1F4BB}".utf8), Array("\"id\"".utf8), [UInt8](repeating: 0, count: 300),
    ]
    try expectRoundTrip(ids.enumerated().map { ($1, Array("text \($0)".utf8)) })
  }

  @Test func canonicallyEquivalentIDsStayDifferent() throws {
    let composed = Array("\u{e9}".utf8)
    let decomposed = Array("e\u{301}".utf8)
    #expect(String(decoding: composed, as: UTF8.self) == String(decoding: decomposed, as: UTF8.self))
    try Fixture.withFolder { folder in
      try Fixture.writeDocuments([(decomposed, [1]), (composed, [2])], to: folder + "/documents")
      let reader = try DocumentReader(path: folder + "/documents")
      #expect(try reader.number(of: composed) == 1)
      #expect(try reader.number(of: decomposed) == 0)
    }
  }

  @Test func emptyAndDuplicateIDsAreRefused() throws {
    try Fixture.withFolder { folder in
      let writer = try DocumentWriter(path: folder + "/documents", spillFolder: folder)
      try writer.append(id: [1])
      #expect(throws: DocumentError.emptyID(document: 1)) { try writer.append(id: []) }
    }
    try Fixture.withFolder { folder in
      let documents = [document("a", ""), document("b", ""), document("c", ""), document("b", "")]
      #expect(throws: DocumentError.duplicateID(id: [98], first: 1, second: 3)) {
        try Fixture.writeDocuments(documents, to: folder + "/documents")
      }
      let left = try FileSystem.list(folder)
      #expect(left.isEmpty, "a writer that failed leaves nothing")
    }
  }

  @Test func textsOfAllLengthsComeBack() throws {
    var random = SeededGenerator.make()
    let lengths = [0, 0, 1, 127, 128, 16_383, 16_384, 16_385, 0, 1 << 20, 5, 0]
    try expectRoundTrip(lengths.enumerated().map { ([UInt8($0)], random.bytes($1, below: 20)) })
  }

  @Test func randomCollectionsComeBack() throws {
    var random = SeededGenerator.make()
    for _ in 0..<60 {
      let alphabet = [2, 4, 256].randomElement(using: &random) ?? 2
      var ids: Set<[UInt8]> = []
      for _ in 0..<Int.random(in: 0...200, using: &random) {
        ids.insert(random.bytes(Int.random(in: 1...20, using: &random), below: alphabet))
      }
      var options = DocumentWriter.Options()
      options.memory = [0, 1 << 20].randomElement(using: &random) ?? 0
      let sorted = ids.sorted { $0.lexicographicallyPrecedes($1) }.shuffled(using: &random)
      try expectRoundTrip(
        sorted.map { ($0, random.bytes(Int.random(in: 0...500, using: &random), below: 30)) }, options: options)
    }
  }

  @Test func aDictionaryIsUsedAndKept() throws {
    let words = ["index", "passage", "retrieval", "sparse", "dense", "impact", "posting", "document"]
    var random = SeededGenerator.make()
    let documents: [Document] = (0..<3000).map { number in
      let text = (0..<40).map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: " ")
      return document("doc\(number)", text)
    }
    var sample = TextSample(seed: 7, capacity: 1000)
    for document in documents { sample.offer(id: document.id[...], text: document.text[...]) }
    var options = DocumentWriter.Options()
    options.dictionary = sample.dictionary()
    #expect(!options.dictionary.isEmpty)
    try expectRoundTrip(documents, options: options)
  }

  @Test func memoryChangesNoByte() throws {
    var random = SeededGenerator.make()
    var ids = (0..<100_000).map { Array("doc-\($0)".utf8) }
    ids.shuffle(using: &random)
    func seal(memory: Int) throws -> FileSeal {
      try Fixture.withFolder { folder in
        var options = DocumentWriter.Options()
        options.memory = memory
        options.level = 1
        return try Fixture.writeDocuments(ids.map { ($0, $0) }, to: folder + "/documents", options: options)
      }
    }
    let expected = try seal(memory: 1 << 28)
    #expect(try seal(memory: 0) == expected)
    #expect(try seal(memory: 1 << 20) == expected)
  }

  @Test func cursorsReadInAnyOrder() throws {
    try Fixture.withFolder { folder in
      let documents = (0..<2000).map { document("d\($0)", String(repeating: "text \($0) ", count: $0 % 30)) }
      try Fixture.writeDocuments(documents, to: folder + "/documents")
      let reader = try DocumentReader(path: folder + "/documents")
      var random = SeededGenerator.make()
      let cursor = reader.textCursor()
      for _ in 0..<3000 {
        let number = Int.random(in: 0..<documents.count, using: &random)
        #expect(try cursor.text(of: number) == documents[number].text)
        #expect(try cursor.length(of: number) == documents[number].text.count)
      }
      #expect(throws: FormatError.self) { try cursor.text(of: 2000) }
    }
  }
}
