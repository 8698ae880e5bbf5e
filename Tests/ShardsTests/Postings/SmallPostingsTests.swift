import Codecs
import Kernels
import Shards
import Testing

/// Version 3 beside what the fixtures' chunks rarely have: many terms, long lists, and lists at the border of both.
@Suite struct SmallPostingsTests {
  /// Terms that share prefixes; frequencies of 1 to a few thousand, many around a block's length.
  private func truth(_ random: inout PostingRandom, documents: Int) -> Inversion {
    var truth: Inversion = [:]
    for term in PostingFixtures.vocabulary(400 + random.below(400), &random) {
      let length = FittedModel.blockLength
      let frequency = [
        1, 1 + random.below(20), length - 1 + random.below(3), 1 + random.below(4 * length),
        1 + random.below(documents),
      ][random.below(5)]
      let most = 1 << random.below(17)
      var document = random.below(1 + documents - frequency)
      var postings: [Posting] = []
      for index in 0..<frequency {
        postings.append(Posting(document: UInt32(document), impact: Float(1 + random.below(min(most, 65535)))))
        document += 1 + random.below(1 + (documents - document - 1) / (frequency - index))
        if document >= documents { break }
      }
      truth[term] = postings
    }
    return truth
  }

  @Test func allListsAreReadAndEachTermIsFound() throws {
    try PostingFixtures.seeds(6) { random in
      let documents = 3000
      let truth = truth(&random, documents: documents)
      try PostingFixtures.withFolder { folder in
        try PostingFixtures.write(truth, to: folder, documentCount: documents, kind: .integers, form: .small)
        let reader = try PostingsReader.open(folder)
        try PostingFixtures.check(reader, equals: truth)
        for (term, postings) in truth {
          let entry = try #require(try reader.entry(for: term))
          try #require(entry.documentFrequency == postings.count)
          try #require(entry.maxImpact == postings.map(\.impact).max())
          try #require(try reader.entry(for: term + [7]) == nil || truth[term + [7]] != nil)
          // Known terms are not looked up again: the same, however often they are asked for.
          for _ in 0..<3 { try #require(try reader.entry(for: term) == entry) }
        }
      }
    }
  }

  /// Blocks have 64 terms and groups 16; the first term is empty, and terms have the letters that codes treat apart.
  @Test(arguments: [0, 1, 2, 15, 16, 17, 63, 64, 65, 80, 81, 128, 129])
  func anyNumberOfTermsIsReadAndFound(count: Int) throws {
    let letters: [UInt8] = [0, 1, 2, 97, 254, 255]
    var terms: [[UInt8]] = [
      [], [UInt8](repeating: 1, count: 300), [UInt8](repeating: 255, count: 300), [0], [1], [255],
    ]
    for first in letters { for second in letters { for third in letters { terms.append([first, second, third]) } } }
    var truth: Inversion = [:]
    for (index, term) in terms.prefix(count).enumerated() {
      let frequency = [256, 257, 1, 512, 513, 2, 255][index % 7]
      truth[term] = (0..<frequency).map {
        Posting(document: UInt32($0), impact: Float([65535, 1, 240, 241, 242][($0 + index) % 5]))
      }
    }
    try PostingFixtures.withFolder { folder in
      try PostingFixtures.write(truth, to: folder, documentCount: 513, kind: .integers, form: .small)
      let reader = try PostingsReader.open(folder)
      #expect(reader.totals.termCount == count)
      try PostingFixtures.check(reader, equals: truth)
      for (term, postings) in truth {
        try #require(try reader.entry(for: term)?.maxImpact == postings.map(\.impact).max())
        for other in [term + [0], term + [255], Array(term.dropLast()), term.map { $0 &+ 1 }] {
          try #require(try (reader.entry(for: other) != nil) == (truth[other] != nil))
        }
      }
      #expect(try reader.entry(for: [255, 255, 255, 255]) == nil)
    }
  }

  /// A shard of one document, and gaps as large as there are.
  @Test func theFewestAndTheMostDocumentsAreRead() throws {
    let most = Int(UInt32.max) - 1
    for (count, documents) in [(1, [0]), (most, [0, most - 1]), (most, [most - 1]), (most, Array(most - 300..<most))] {
      let truth: Inversion = [[97]: documents.map { Posting(document: UInt32($0), impact: 65535) }]
      try PostingFixtures.withFolder { folder in
        try PostingFixtures.write(truth, to: folder, documentCount: count, kind: .integers, form: .small)
        try PostingFixtures.check(PostingsReader.open(folder), equals: truth)
      }
    }
  }
}
