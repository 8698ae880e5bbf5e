import Corpus
import Testing

@Suite struct MSMARCOTSVTests {
  private func read(_ content: String, _ options: ReadOptions = ReadOptions()) throws -> DocumentBatch {
    try parse("msmarco-tsv", content, options)
  }

  @Test func aLineIsAnIdATabAndAText() throws {
    let batch = try read("7\tseven\nx-1\tone \"quoted\" text\n")
    #expect(batch.documents == [Document("7", "seven"), Document("x-1", "one \"quoted\" text")])
    #expect(batch.rejected.isEmpty && batch.notices.isEmpty)
  }

  @Test func oneCarriageReturnGoesAndIsCounted() throws {
    let batch = try read("1\ta\r\n2\tb\r\r\n3\tc\rd\n4\t\r\n")
    #expect(
      batch.documents == [Document("1", "a"), Document("2", "b\r"), Document("3", "c\rd"), Document("4", "")])
    #expect(batch.notices[.carriageReturn] == 3 && batch.notices[.emptyText] == 1)
  }

  @Test func onlyALineFeedEndsALine() throws {
    let text = "a\u{85}b\u{2028}c\u{2029}d\u{B}e\u{C}f\u{1C}g\u{1D}h\u{1E}i"
    #expect(try read("1\t\(text)\n").documents == [Document("1", text)])
  }

  @Test func aByteOrderMarkGoesAtEveryRecordsStart() throws {
    let batch = try read("\u{FEFF}1\t\u{FEFF}a\n\u{FEFF}2\tb\n")
    #expect(batch.documents == [Document("1", "\u{FEFF}a"), Document("2", "b")])
    #expect(batch.notices[.byteOrderMark] == 2)
  }

  @Test func quotesAreLiteral() throws {
    let batch = try read("1\t\"never closed\n2\t\"a\"\"b\"\n")
    #expect(batch.documents == [Document("1", "\"never closed"), Document("2", "\"a\"\"b\"")])
  }

  @Test func aThirdColumnIsWhatTheOptionSays() throws {
    let content = "1\ttext\ttitle\n2\ttext\t\n3\ta\tb\tc\n"
    let rejected = try read(content)
    #expect(
      rejected.documents.isEmpty && rejected.rejected.map(\.reason) == [.extraColumn, .extraColumn, .extraColumn])
    #expect(rejected.rejected[0].detail.contains("third-column: title"))
    let titles = try read(content, ReadOptions(thirdColumn: .title))
    #expect(titles.documents == [Document("1", "text", title: "title"), Document("2", "text")])
    #expect(titles.rejected.map(\.id) == ["3"] && titles.rejected[0].detail.hasPrefix("4 columns"))
    let kept = try read(content, ReadOptions(thirdColumn: .keep))
    #expect(kept.documents == [Document("1", "text\ttitle"), Document("2", "text\t"), Document("3", "a\tb\tc")])
  }

  @Test func anEmptyTextIsADocumentAndAnEmptyIdIsNot() throws {
    let batch = try read("1\t\n\ttext\n2\t \n")
    #expect(batch.documents == [Document("1", ""), Document("2", " ")])
    #expect(batch.notices[.emptyText] == 1)
    #expect(batch.rejected.map(\.reason) == [.emptyId])
  }

  @Test func theLastLineNeedsNoEnd() throws {
    let batch = try read("1\ta\n2\tb")
    #expect(batch.documents.last == Document("2", "b") && batch.notices[.missingLastNewline] == 1)
  }

  @Test func emptyLinesAreSkippedAndCounted() throws {
    let batch = try read("\n1\ta\n\r\n\n2\tb\n")
    #expect(batch.documents.count == 2 && batch.rejected.isEmpty && batch.notices[.emptyLine] == 3)
  }

  @Test func rejectedRecordsTellTheirPlace() throws {
    let batch = try read("1\tä\n\nno tab here\n1\tagain\n")
    let bad = batch.rejected
    #expect(bad.map(\.reason) == [.missingColumn, .duplicateId])
    // The split starts at byte 1000, line 11.
    #expect(bad[0].file == "f" && bad[0].line == 13 && bad[0].byteOffset == 1006 && bad[0].length == 12)
    #expect(bad[1].id == "1" && bad[1].line == 14 && bad[1].detail.contains("line 11"))
    let old = Split(file: 0, name: "f", offset: 1000, length: 1, firstLine: 11, fingerprint: .of([]))
    let new = Split(file: 1, name: "g", offset: 5, length: 1, firstLine: 2, fingerprint: .of([]))
    let moved = bad[0].moved(from: old, to: new)
    #expect(moved.file == "g" && moved.line == 4 && moved.byteOffset == 11)
  }

  @Test func idsAreComparedAsBytes() throws {
    // The same letter composed and decomposed, upper case, leading zeros, a space.
    let batch = try read("\u{E9}\ta\ne\u{301}\tb\nE\tc\n07\td\n7\te\n a\tf\n")
    #expect(batch.documents.count == 6 && batch.rejected.isEmpty)
    #expect(batch.notices[.spaceInId] == 1)
  }

  @Test func nulBytesAreKeptAndCounted() throws {
    let batch = try read("1\ta\0b\0\n")
    #expect(batch.documents == [Document("1", "a\0b\0")] && batch.notices[.nulByte] == 2)
  }

  @Test func invalidUTF8IsQuarantinedOrReplacedOrLatin1() throws {
    let content = Array("1\tcaf".utf8) + [0xE9] + Array(" \u{FFFD}\n2\tok\nx".utf8) + [0xFF] + Array("\tbad id\n".utf8)
    let rejected = try parse("msmarco-tsv", content)
    #expect(rejected.documents == [Document("2", "ok")])
    #expect(rejected.rejected.map(\.reason) == [.invalidUTF8, .invalidUTF8])
    #expect(rejected.rejected[0].detail.contains("byte 6 of the record (0xE9)"))
    let replaced = try parse("msmarco-tsv", content, ReadOptions(invalidUTF8: .replace))
    #expect(replaced.documents == [Document("1", "caf\u{FFFD} \u{FFFD}"), Document("2", "ok")])
    #expect(replaced.notices[.replacement] == 2)
    #expect(replaced.rejected.map(\.id) == ["x\u{FFFD}"])
    let latin = try parse("msmarco-tsv", content, ReadOptions(invalidUTF8: .latin1))
    #expect(latin.documents.map(\.id) == [Array("1".utf8), Array("2".utf8), Array("xÿ".utf8)])
    #expect(latin.notices[.latin1] == 2)
  }

  @Test func everyKindOfInvalidUTF8IsFound() throws {
    let invalid: [[UInt8]] = [
      [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98],
    ]
    for bytes in invalid {
      let batch = try parse("msmarco-tsv", Array("1\ta".utf8) + bytes + Array("\n".utf8))
      #expect(batch.rejected.map(\.reason) == [.invalidUTF8], "\(bytes)")
    }
  }

  @Test func aBatchIsAFunctionOfItsBytes() throws {
    let content = "1\ta\r\n\n2\tb\nbad\n"
    #expect(try read(content) == read(content))
  }
}
