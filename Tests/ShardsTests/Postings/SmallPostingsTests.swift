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
        1, 1 + random.below(20), length - 1 + random.below(3), 1 + random.below(4 * length), 1 + random.below(documents),
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
        }
      }
    }
  }
}
