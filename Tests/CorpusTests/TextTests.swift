import Corpus
import Foundation
import Testing

@Suite struct TextTests {
  @Test func doubleEncodedTextIsRepairedAsIrDatasetsDoes() throws {
    let pairs = try Data(
      contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "Golden/DoubleEncoding/pairs.tsv"))
    var count = 0
    for line in pairs.split(separator: UInt8(ascii: "\n")) {
      let columns = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map { Array($0) }
      let content = Array("1\t".utf8) + columns[0] + Array("\n".utf8)
      let options = ReadOptions(repair: .doubleEncoding)
      #expect(try parse("msmarco-tsv", content, options).documents.map(\.text) == [columns[1]])
      #expect(try parse("msmarco-tsv", content).documents.map(\.text) == [columns[0]], "only if asked")
      count += 1
    }
    #expect(count > 4000)
  }

  @Test func repairsAreCountedAndLeaveIdsAlone() throws {
    let batch = try parse("msmarco-tsv", "Ã©\tcafÃ© â\u{80}\u{99} Ã©\n", ReadOptions(repair: .doubleEncoding))
    #expect(batch.documents == [Document("Ã©", "café ’ é")] && batch.notices[.repairedCharacter] == 3)
  }

  @Test func titlesAreJoinedByTheNamedRule() {
    let document = Document("1", " text ", title: "title")
    func joined(_ document: Document, _ separator: String) -> String {
      String(decoding: document.contents(joinedBy: TitleJoin(separator)), as: UTF8.self)
    }
    #expect(joined(document, " ") == "title  text")
    #expect(joined(document, "\n") == "title\n text ")
    #expect(joined(document, " [SEP] ") == "title [SEP]  text ")
    let untitled = Document("1", "\u{3000}\u{A0}text\u{2003}\u{1F} \n")
    #expect(joined(untitled, " ") == "text")
    #expect(joined(untitled, " [SEP] ") == "\u{3000}\u{A0}text\u{2003}\u{1F} \n")
    #expect(joined(Document("1", "\u{200B}x\u{FEFF}"), " ") == "\u{200B}x\u{FEFF}", "Python's strip keeps these")
  }

  @Test func optionsReadFromAJobFilesKeys() throws {
    let json = """
      {"third-column": "title", "invalid-utf8": "latin-1", "repair": "double-encoding", "title-join": "\\n",
       "content-tags": ["BODY"], "title-tags": [], "limits": {"record": 1000}}
      """
    let options = try JSONDecoder().decode(ReadOptions.self, from: Data(json.utf8))
    #expect(
      options
        == ReadOptions(
          thirdColumn: .title, invalidUTF8: .latin1, repair: .doubleEncoding, titleJoin: TitleJoin("\n"),
          contentTags: ["BODY"], titleTags: [], limits: ReadLimits(record: 1000)))
    #expect(try JSONDecoder().decode(ReadOptions.self, from: Data("{}".utf8)) == ReadOptions())
    let again = try JSONDecoder().decode(ReadOptions.self, from: JSONEncoder().encode(options))
    #expect(again == options)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(ReadOptions.self, from: Data(#"{"repair": "magic"}"#.utf8))
    }
  }

  @Test func rejectedRecordsAndNoticesSurviveJSON() throws {
    let batch = try parse("msmarco-tsv", "1\ta\r\nbad\n")
    let rejected = try JSONDecoder().decode([RejectedRecord].self, from: JSONEncoder().encode(batch.rejected))
    #expect(rejected == batch.rejected)
    let notices = try JSONDecoder().decode(Notices.self, from: JSONEncoder().encode(batch.notices))
    #expect(notices == batch.notices)
    #expect(String(decoding: try JSONEncoder().encode(batch.notices), as: UTF8.self) == #"{"carriage-return":1}"#)
  }
}
