import Codecs
import Foundation
import Kernels
import Shards
import Testing

/// The files of version 1, made by `Golden/postings.py` from the formats' specifications.
@Suite struct GoldenPostingsTests {
  private func path(_ name: String, version: Int) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Golden/postings-v\(version)/\(name).hex")
  }

  private func golden(_ name: String, version: Int = 1) throws -> [UInt8] {
    let file = path(name, version: version)
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

  /// The files of version 2, as the first program that wrote it did.
  @Test func version2IsReadForEver() throws {
    try PostingFixtures.withFolder { folder in
      for name in ["terms", "postings"] {
        try FileAppender(creating: "\(folder)/\(name)").write(golden(name, version: 2))
      }
      try PostingFixtures.check(PostingsReader.open(folder), equals: truth)
    }
  }

  /// The files of version 3, as the first program that wrote it did. `BIGRAIN_WRITE_GOLDEN=1` writes them. A long list more
  /// than the other versions have.
  @Test func version3IsWrittenAndReadForEver() throws {
    var truth = truth
    truth[Array("long".utf8)] = (0..<300).map { Posting(document: $0 + $0 / 7, impact: Float(1 + $0 % 250)) }
    try PostingFixtures.withFolder { folder in
      try PostingFixtures.write(truth, to: folder, documentCount: 400, kind: .integers, form: .small)
      for name in ["terms", "postings"] {
        let written = try PositionalFile("\(folder)/\(name)").read(at: 0, count: 1 << 20)
        if ProcessInfo.processInfo.environment["BIGRAIN_WRITE_GOLDEN"] != nil {
          let digits = written.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
          try digits.write(to: path(name, version: 3), atomically: true, encoding: .utf8)
        }
        #expect(try written == golden(name, version: 3), "\(name)")
        try FileAppender(creating: "\(folder)/\(name)").write(golden(name, version: 3))
      }
      try PostingFixtures.check(PostingsReader.open(folder), equals: truth)
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
