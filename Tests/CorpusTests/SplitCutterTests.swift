import Codecs
import Corpus
import Foundation
import Testing

@Suite struct SplitTests {
  private func cut(
    _ content: [UInt8], target: Int, limit: Int = 64 << 20, format: String = "msmarco-tsv"
  ) throws -> [Split] {
    let folder = try TemporaryFolder()
    let path = try folder.write("c.tsv", content)
    let options = ReadOptions(limits: ReadLimits(record: limit))
    return try everything([path], format, targetBytes: target, options).splits
  }

  private func content(_ split: Split, of whole: [UInt8]) -> [UInt8] {
    Array(whole[Int(split.offset)..<Int(split.offset + split.length)])
  }

  @Test func splitsCoverTheFileAndNameTheirBytes() throws {
    let whole = lines(20_000, seed: 1).joined().utf8.map { $0 }
    let splits = try cut(whole, target: 10_000)
    var (offset, line): (UInt64, UInt64) = (0, 1)
    for split in splits {
      #expect(split.offset == offset && split.firstLine == line)
      let bytes = content(split, of: whole)
      #expect(bytes.last == UInt8(ascii: "\n"))
      #expect(Fingerprint.of(bytes) == split.fingerprint)
      offset += split.length
      line += UInt64(bytes.count { $0 == UInt8(ascii: "\n") })
    }
    #expect(offset == UInt64(whole.count))
  }

  @Test func splitsHaveTheWantedMeanAndKeepTheirBounds() throws {
    let whole = lines(40_000, seed: 2).joined().utf8.map { $0 }
    let splits = try cut(whole, target: 8000)
    #expect(splits.dropLast().allSatisfy { (2000...32_000).contains($0.length) })
    let mean = whole.count / splits.count
    #expect((6800...9200).contains(mean), "mean \(mean)")
  }

  @Test func anInsertedLineMovesNoBorderButItsOwn() throws {
    let old = lines(20_000, seed: 3)
    let before = Set(try cut(Array(old.joined().utf8), target: 10_000).map(\.fingerprint))
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SplitMix(state: seed)
    for _ in 0..<5 {
      var new = old
      new.insert("new\tan inserted line\n", at: Int.random(in: 0..<old.count, using: &random))
      let after = try cut(Array(new.joined().utf8), target: 10_000).map(\.fingerprint)
      // Usually one; a border that the shortest length allows or forbids may move once more.
      #expect(after.count { !before.contains($0) } <= 4, "seed \(seed)")
      #expect(before.subtracting(after).count <= 4, "seed \(seed)")
    }
  }

  @Test func bordersDoNotDependOnReadBlocks() throws {
    // 3 MiB: records lie across the borders of the reader's blocks, in a plain file and in a packed one alike.
    let whole = Array(lines(30_000, seed: 4).joined().utf8)
    let folder = try TemporaryFolder()
    let plain = try everything([try folder.write("c", whole)], "msmarco-tsv", targetBytes: 5000).splits
    for shift in [1, 13, 4096, (1 << 20) - 1] {
      // A first record of another length shifts every later record against the blocks.
      let first = Array("x\t\(String(repeating: "y", count: shift))\n".utf8)
      let shifted = try everything([try folder.write("s", first + whole)], "msmarco-tsv", targetBytes: 5000).splits
      let known = Set(plain.map(\.fingerprint))
      #expect(shifted.count { !known.contains($0.fingerprint) } <= 4)
    }
  }

  @Test func aRecordAboveTheLimitIsASplitOfItsOwnAndIsNeverRead() throws {
    let folder = try TemporaryFolder()
    let long = "long\t\(String(repeating: "x", count: 3 << 20))\n"
    for (content, line) in [
      ("a\t1\n\(long)b\t2\n", 2), (long + "a\t1\nb\t2\n", 1), ("a\t1\nb\t2\n\(long.dropLast())", 3),
    ] {
      let path = try folder.write("c.tsv", content)
      let options = ReadOptions(limits: ReadLimits(record: 1 << 20))
      let (splits, batch) = try everything([path], "msmarco-tsv", targetBytes: 1 << 16, options)
      #expect(batch.documents == [Document("a", "1"), Document("b", "2")])
      #expect(batch.rejected.map(\.reason) == [.recordTooLong])
      #expect(batch.rejected[0].line == UInt64(line))
      #expect(batch.rejected[0].length >= 3 << 20)
      #expect(splits.filter(\.isOverlongRecord).count == 1)
      #expect(splits.map(\.length).reduce(0, +) == UInt64(content.utf8.count))
      let overlong = try #require(splits.first { $0.isOverlongRecord })
      let bytes = Array(content.utf8)[Int(overlong.offset)..<Int(overlong.offset + overlong.length)]
      #expect(overlong.fingerprint == .of(bytes))
    }
  }

  @Test func aRecordLargerThanTheReadBlockIsReadWhole() throws {
    let folder = try TemporaryFolder()
    let text = String(repeating: "word ", count: 700_000)
    let path = try folder.write("c.tsv", "a\t1\nlong\t\(text)\nb\t2\n")
    let (splits, batch) = try everything([path], "msmarco-tsv", targetBytes: 1000)
    #expect(batch.documents == [Document("a", "1"), Document("long", text), Document("b", "2")])
    #expect(batch.rejected.isEmpty && !splits.contains(where: \.isOverlongRecord))
  }

  @Test func sgmlRecordsStayWholeWhereverTheBlocksFall() throws {
    let documents = (0..<3000).map { number in
      "<DOC>\n<DOCNO> D\(number) </DOCNO>\n<TEXT>\n\(String(repeating: "w\(number) ", count: 100))</TEXT>\n</Doc >\r\n"
    }
    let whole = Array(documents.joined().utf8)
    let folder = try TemporaryFolder()
    let (splits, batch) = try everything([try folder.write("d", whole)], "trec-sgml", targetBytes: 5000)
    #expect(batch.documents.count == 3000 && batch.rejected.isEmpty && splits.count > 100)
    #expect(batch.documents[2999].id == Array("D2999".utf8))
    #expect(splits.allSatisfy { content($0, of: whole).suffix(9) == Array("</Doc >\r\n".utf8)[...] })
  }

  @Test func anEmptyFileHasNoSplit() throws {
    #expect(try cut([], target: 1000).isEmpty)
  }
}
