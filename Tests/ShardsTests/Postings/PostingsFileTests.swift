import Codecs
import Kernels
import Shards
import Testing

@Suite struct PostingsFileTests {
  private func roundTrip(_ postings: [Posting], kind: ImpactKind, documentCount: Int) throws {
    for form in PostingsForm.allCases {
      try PostingFixtures.withFolder { folder in
        let truth: Inversion = [Array("term".utf8): postings]
        try PostingFixtures.write(truth, to: folder, documentCount: documentCount, kind: kind, form: form)
        try PostingFixtures.check(PostingsReader.open(folder), equals: truth)
      }
    }
  }

  @Test(arguments: 0...31) func gapsOfEveryWidthComeBack(width: Int) throws {
    for count in [1, 127, 128, 129, 300] {
      // One gap of the width, the rest of one: the largest gap decides a block's width.
      var documents = (0..<UInt32(count)).map { $0 }
      let middle = count / 2
      for index in middle..<count { documents[index] += (1 << UInt32(width)) - 1 }
      let postings = documents.map { Posting(document: $0, impact: Float($0 % 255 + 1)) }
      try roundTrip(postings, kind: .integers, documentCount: Int(documents[count - 1]) + 1)
    }
  }

  @Test(arguments: 0...16) func impactsOfEveryWidthComeBack(width: Int) throws {
    for count in [1, 127, 128, 129, 300] {
      let largest = Float(min(1 << width, 65535))
      let postings = (0..<count).map { Posting(document: UInt32($0) * 3, impact: $0 % 5 == 4 ? largest : 1) }
      try roundTrip(postings, kind: .integers, documentCount: 3 * count)
      let floats = postings.map { Posting(document: $0.document, impact: -$0.impact / 3) }
      try roundTrip(floats, kind: .floats, documentCount: 3 * count)
    }
  }

  @Test func theLargestDocumentNumberIsAllowedAndTheNextIsNot() throws {
    let largest = UInt32.max - 2
    try roundTrip([Posting(document: largest, impact: 1)], kind: .integers, documentCount: Int(largest) + 1)
    try roundTrip(
      (0..<200).map { Posting(document: largest - 199 + $0, impact: 1) }, kind: .integers,
      documentCount: Int(largest) + 1)
    try PostingFixtures.withFolder { folder -> Void in
      #expect(throws: PostingsError.self) {
        _ = try PostingsWriter(directory: folder, documentCount: Int(UInt32.max), impactKind: .integers)
      }
    }
  }

  @Test(arguments: PostingsForm.allCases) func whatTheFormatCannotHoldIsAnError(form: PostingsForm) throws {
    func write(_ documents: [UInt32], _ impacts: [Float], _ kind: ImpactKind) throws {
      try PostingFixtures.withFolder { folder in
        let writer = try PostingsWriter(directory: folder, documentCount: 10, impactKind: kind, form: form)
        try writer.begin(term: [1])
        try writer.append(documents: documents, impacts: impacts, in: 0..<documents.count)
      }
    }
    try write([0, 9], [1, 65535], .integers)
    for impact: Float in [0, -1, 0.5, 65536, .nan, .infinity] {
      #expect(throws: PostingsError.self) { try write([0], [impact], .integers) }
    }
    for impact: Float in [.nan, .infinity, -.infinity] {
      #expect(throws: PostingsError.self) { try write([0], [impact], .floats) }
    }
    #expect(throws: PostingsError.self) { try write([3, 3], [1, 1], .integers) }
    #expect(throws: PostingsError.self) { try write([3, 2], [1, 1], .integers) }
    #expect(throws: PostingsError.self) { try write([10], [1], .integers) }
  }

  @Test(arguments: PostingsForm.allCases) func termsMustAscendAsBytes(form: PostingsForm) throws {
    try PostingFixtures.withFolder { folder in
      let writer = try PostingsWriter(directory: folder, documentCount: 1, impactKind: .integers, form: form)
      func add(_ term: [UInt8]) throws {
        try writer.begin(term: term)
        try writer.append(documents: [0], impacts: [1], in: 0..<1)
        try writer.endTerm()
      }
      try add([0x7f])
      try add([0x80])
      #expect(throws: PostingsError.self) { try add([0x80]) }
      #expect(throws: PostingsError.self) { try add([0x7f, 0x7f]) }
    }
  }

  @Test(arguments: PostingsForm.allCases) func everyTermIsFoundAndNoOther(form: PostingsForm) throws {
    try PostingFixtures.seeds(10) { random in
      try PostingFixtures.withFolder { folder in
        let vocabulary = PostingFixtures.vocabulary(1 + random.below(300), &random)
        var truth: Inversion = [:]
        for term in vocabulary {
          truth[term] = (0..<UInt32(1 + random.below(3))).map { Posting(document: $0, impact: 2) }
        }
        try PostingFixtures.write(truth, to: folder, documentCount: 5, kind: .integers, form: form)
        let reader = try PostingsReader.open(folder)
        try PostingFixtures.check(reader, equals: truth)
        for term in PostingFixtures.vocabulary(300, &random) where truth[term] == nil {
          try #require(try reader.cursor(for: term) == nil)
        }
        for term in vocabulary where truth[term + [0]] == nil {
          try #require(try reader.cursor(for: term + [0]) == nil)
        }
      }
    }
  }

  @Test func anEmptyShardHasNoTerms() throws {
    for documentCount in [0, 1, 1000] {
      try PostingFixtures.withFolder { folder in
        try PostingFixtures.write([:], to: folder, documentCount: documentCount, kind: .floats)
        let reader = try PostingsReader.open(folder)
        #expect(reader.documentCount == documentCount)
        #expect(reader.impactKind == .floats)
        #expect(try PostingFixtures.readAll(reader).isEmpty)
        #expect(try reader.cursor(for: []) == nil)
      }
    }
  }

  @Test(arguments: PostingsForm.allCases)
  func aCursorFindsWhatItIsAskedForInAscendingOrder(form: PostingsForm) throws {
    try PostingFixtures.seeds(30) { random in
      try PostingFixtures.withFolder { folder in
        var document: UInt32 = 0
        let largestGap = 1 + random.below(50)
        let postings = (0..<1 + random.below(3000)).map { _ in
          document += UInt32(1 + random.below(largestGap))
          return Posting(document: document, impact: Float(1 + random.below(255)))
        }
        try PostingFixtures.write(
          [[1]: postings], to: folder, documentCount: Int(document) + 1, kind: .integers, form: form)
        let truth = Dictionary(uniqueKeysWithValues: postings.map { ($0.document, $0.impact) })
        let reader = try PostingsReader.open(folder)
        var cursor = try #require(try reader.cursor(for: [1]))
        var asked = UInt32(random.below(40))
        while asked < document + 100 {
          if random.below(3) == 0 { try checkMaximum(&cursor, postings, from: asked, random.below(2000)) }
          let impact = try cursor.impact(in: asked)
          try #require(impact == truth[asked])
          asked += UInt32(1 + random.below(random.below(20) == 0 ? 20000 : 60))
        }
      }
    }
  }

  private func checkMaximum(
    _ cursor: inout PostingCursor, _ postings: [Posting], from start: UInt32, _ length: Int
  ) throws {
    try cursor.advance(to: start)
    let bound = try cursor.maximum(below: start + UInt32(length))
    try #require(bound.validThrough >= start + UInt32(length) - 1 || length == 0)
    let inside = postings.filter { $0.document >= start && $0.document <= bound.validThrough }
    try #require(inside.allSatisfy { $0.impact <= bound.impact })
  }

  @Test(arguments: PostingsForm.allCases) func theMissingOrForeignFileIsNamed(form: PostingsForm) throws {
    try PostingFixtures.withFolder { folder in
      #expect(throws: FileError.self) { try PostingsReader.open(folder) }
      let many: Inversion = [[1]: (0..<300).map { Posting(document: $0, impact: 1) }]
      try PostingFixtures.write(many, to: folder, documentCount: 300, kind: .integers, form: form)
      let names = try FileSystem.list(folder)
      try FileSystem.createDirectories(folder + "/other")
      try PostingFixtures.write(
        [[1]: [Posting(document: 0, impact: 1)]], to: folder + "/other", documentCount: 300, kind: .integers,
        form: form)
      for name in names {
        try FileSystem.createDirectories(folder + "/mixed")
        for other in names {
          let source = other == name ? "/other/" : "/"
          let bytes = try PositionalFile(folder + source + other).read(at: 0, count: 1 << 20)
          try FileAppender(creating: folder + "/mixed/" + other).write(bytes)
        }
        #expect(throws: FormatError.self) {
          _ = try PostingFixtures.readAll(PostingsReader.open(folder + "/mixed"))
        }
      }
    }
  }
}
