import Codecs
import Corpus
import Testing

@Suite struct RobustnessTests {
  static let seeds: [(String, String)] = [
    ("msmarco-tsv", "1\ta b\r\n\n2\tcaf\u{E9}\tx\n\u{FEFF}3\t\n"),
    ("beir-jsonl", #"{"_id": "a\u00e9", "title": null, "text": "\ud83d\ude00", "m": [{"k": [1e5, {}]}]}"# + "\n{}\n"),
    (
      "trec-sgml",
      "<DOC id='x' y=z>\n<DOCNO> 1 </DOCNO><!-- c --><HL>t</HL><TEXT>a &amp; b <P>&#65;</TEXT></DOC >\n<DOC></DOC>\n"
    ),
  ]

  @Test(arguments: seeds) func noBytesCrashAReaderOrLoseARecord(name: String, sample: String) throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SplitMix(state: seed)
    let options = [
      ReadOptions(), ReadOptions(thirdColumn: .keep, invalidUTF8: .replace, repair: .doubleEncoding),
      ReadOptions(thirdColumn: .title, invalidUTF8: .latin1),
    ]
    let spice = Array("\t\n\r\"\\<>/!-&;#{}[]:,u0".utf8) + [0, 0x80, 0xC3, 0xE2, 0xEF, 0xFF]
    for round in 0..<6000 {
      var bytes = Array(sample.utf8)
      for _ in 0..<Int.random(in: 1...12, using: &random) where !bytes.isEmpty {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.remove(at: at)
        case 1: bytes.insert(spice.randomElement(using: &random)!, at: at)
        case 2: bytes[at] = spice.randomElement(using: &random)!
        default: bytes.removeLast(bytes.count - at)
        }
      }
      let batch = try parse(name, bytes, options[round % 3])
      if name == "msmarco-tsv" {
        let records = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let last = records.last?.isEmpty ?? true ? 1 : 0
        let accounted = batch.documents.count + batch.rejected.count + batch.notices[.emptyLine]
        #expect(accounted == records.count - last, "seed \(seed), round \(round)")
      }
      #expect(batch.rejected.allSatisfy { $0.byteOffset + $0.length <= 1000 + UInt64(bytes.count) })
      #expect(batch.documents.allSatisfy { String(validating: $0.text, as: UTF8.self) != nil }, "seed \(seed)")
    }
  }

  /// The splits' borders are the same for the parser and for the cutter, so cutting finer changes no document.
  @Test(arguments: seeds) func cuttingFinerChangesNoDocument(name: String, sample: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("c", String(repeating: sample, count: 200))
    let coarse = try everything([path], name, targetBytes: 1 << 20)
    let fine = try everything([path], name, targetBytes: 64)
    #expect(fine.splits.count > 50 && coarse.splits.count == 1)
    // Duplicate ids inside a split are rejected there, so ids are compared as sets, and records by their number.
    #expect(Set(fine.batch.documents) == Set(coarse.batch.documents))
    #expect(
      fine.batch.documents.count + fine.batch.rejected.reduce(0) { $0 + $1.count }
        == coarse.batch.documents.count + coarse.batch.rejected.reduce(0) { $0 + $1.count })
    // What is bad for the same reason is told a hundred times a split, and then summed up.
    #expect(coarse.batch.rejected.count < 4 * (RejectedRecord.toldOfAReason + 1))
  }
}
