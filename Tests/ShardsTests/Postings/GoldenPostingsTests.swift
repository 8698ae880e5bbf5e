import Codecs
import Foundation
import Kernels
import Shards
import Testing

/// The files of version 1, made by `Golden/postings.py` from the formats' specifications.
@Suite struct GoldenPostingsTests {
  private func golden(_ name: String) throws -> [UInt8] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Golden/postings-v1/\(name).hex")
    let digits = try Data(contentsOf: file).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  private var truth: Inversion {
    var truth: Inversion = [
      []: [Posting(document: 399, impact: 65535)],
      Array("ab".utf8): [Posting(document: 3, impact: 1), Posting(document: 7, impact: 200)],
      [0xff]: (0..<130).map { Posting(document: $0 * 3, impact: Float(1 + $0 % 7)) },
    ]
    for number in 0..<17 {
      let name = number < 10 ? "t0\(number)" : "t\(number)"
      truth[Array(name.utf8)] = [Posting(document: UInt32(number), impact: Float(number + 1))]
    }
    return truth
  }

  @Test func version1IsReadForEver() throws {
    try PostingFixtures.withFolder { folder in
      for name in ["terms", "postings", "blockmax"] {
        try FileAppender(creating: "\(folder)/\(name)").write(golden(name))
        try Envelope(path: "\(folder)/\(name)").verify()
      }
      try PostingFixtures.check(PostingsReader.open(folder), equals: truth)
    }
  }

  @Test func theWriterGivesTheBytesOfTheSpecification() throws {
    try PostingFixtures.withFolder { folder in
      try PostingFixtures.write(truth, to: folder, documentCount: 400, kind: .integers)
      for name in ["terms", "postings", "blockmax"] {
        #expect(try PositionalFile("\(folder)/\(name)").read(at: 0, count: 1 << 20) == golden(name), "\(name)")
      }
    }
  }

  @Test func aRunOfVersion1IsRead() throws {
    try PostingFixtures.withFolder { folder in
      let path = folder + "/run"
      try FileAppender(creating: path).write(golden("run"))
      try Envelope(path: path).verify()
      var run = try RunCursor(path: path)
      var found: Inversion = [:]
      while try run.next() {
        found[run.term] = (0..<run.count).map { Posting(document: run.documents[$0], impact: run.impacts[$0]) }
      }
      #expect(found == truth)
    }
  }
}
